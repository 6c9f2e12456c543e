import { applicationHealthDocument } from "@joinery/sdk";
import { useTranslation } from "react-i18next";
import { usePages } from "../../app/queries.js";
import { Page, Panel } from "../../parts/page.js";
import { HealthTable } from "./health-table.js";

/** Every connected system. */
export function ApplicationsPage() {
  const { t } = useTranslation();
  const applications = usePages(
    applicationHealthDocument, { first: 100 }, (data) => data.applications, { everyMs: 5_000 },
  );
  return (
    <Page title={t("applications.title")}>
      <Panel flush>
        <HealthTable applications={applications} empty={t("applications.none")} />
      </Panel>
    </Page>
  );
}
