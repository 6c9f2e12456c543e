import { Select } from "@mantine/core";
import { applicationsDocument } from "@joinery/sdk";
import { getRouteApi } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { useGraph } from "../../app/queries.js";
import { Page, Panel } from "../../parts/page.js";
import { RunsTable, useRuns } from "./runs-table.js";

const route = getRouteApi("/inside/runs");

/** Every run, newest first, of all applications or of one. */
export function RunsPage() {
  const { t } = useTranslation();
  const { application } = route.useSearch();
  const runs = useRuns(application === undefined ? {} : { applicationId: application });
  return (
    <Page title={t("runs.title")} actions={<ApplicationChoice chosen={application} />}>
      <Panel flush><RunsTable runs={runs} empty={t("runs.none")} withApplication /></Panel>
    </Page>
  );
}

const all = "";

function ApplicationChoice({ chosen }: { readonly chosen: string | undefined }) {
  const { t } = useTranslation();
  const navigate = route.useNavigate();
  const { data } = useGraph(applicationsDocument, { first: 500 });
  const options = (data?.applications.nodes ?? []).map(({ id, name }) => ({
    value: id, label: name,
  }));
  return (
    <Select
      aria-label={t("runs.application")}
      data={[{ value: all, label: t("runs.allApplications") }, ...options]}
      value={chosen ?? all}
      onChange={(value) => void navigate({ search: value ? { application: value } : {} })}
    />
  );
}
