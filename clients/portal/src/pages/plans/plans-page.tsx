import { plansWaitingDocument, type PlansWaitingQuery } from "@joinery/sdk";
import { useTranslation } from "react-i18next";
import { usePages } from "../../app/queries.js";
import { useFormats } from "../../parts/formats.js";
import { ListTable, type ListColumn } from "../../parts/list-table.js";
import { Page, Panel } from "../../parts/page.js";
import { RowLink } from "../../parts/row-link.js";
import { Ago } from "../../parts/time.js";
import { useWord } from "../../parts/words.js";

type Planned = PlansWaitingQuery["applications"]["nodes"][number];

/** What of each application waits for a person to approve it. */
export function PlansPage() {
  const { t } = useTranslation();
  const plans = usePages(
    plansWaitingDocument, { first: 100 }, (data) => data.applications, { everyMs: 10_000 },
  );
  return (
    <Page title={t("plans.title")}>
      <Panel flush>
        <ListTable
          label={t("plans.title")}
          pages={plans}
          columns={useColumns()}
          keyOf={({ id }) => id}
          empty={t("plans.none")}
        />
      </Panel>
    </Page>
  );
}

function useColumns(): readonly ListColumn<Planned>[] {
  const { t } = useTranslation();
  const { number } = useFormats();
  const word = useWord();
  return [
    {
      title: t("plans.application"),
      cell: ({ key, name }) => <RowLink to="/plans/$key" params={{ key }}>{name}</RowLink>,
    },
    {
      title: t("plans.phase"),
      width: "min(10rem, 35vw)",
      cell: ({ phase }) => word("applications.phases", phase),
    },
    {
      title: t("plans.waiting"),
      width: "6rem",
      align: "right",
      cell: ({ plan: { count } }) => count === 0 ? "–" : number(count),
    },
    {
      title: t("plans.since"),
      width: "10rem",
      wide: true,
      cell: ({ plan: { since } }) => <Ago at={since} />,
    },
  ];
}
