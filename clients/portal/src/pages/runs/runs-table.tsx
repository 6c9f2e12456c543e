import { Text } from "@mantine/core";
import { runsDocument, type RunsQueryVariables, type RunSummaryFragment } from "@joinery/sdk";
import { useTranslation } from "react-i18next";
import { useApplicationName } from "../../app/application-names.js";
import { usePages, type Pages } from "../../app/queries.js";
import { useFormats } from "../../parts/formats.js";
import { ListTable, type ListColumn } from "../../parts/list-table.js";
import { RowLink } from "../../parts/row-link.js";
import { Ago } from "../../parts/time.js";
import { changesOf, errorsOf, tookMs, writtenOf } from "./run-numbers.js";
import { RunStatus } from "./run-status.js";

/** Runs, newest first; the first page is looked at anew every few seconds. */
export function useRuns(
  of: Pick<RunsQueryVariables, "applicationId">,
): Pages<RunSummaryFragment> {
  return usePages(runsDocument, { ...of, first: 50 }, (data) => data.runs, { everyMs: 3_000 });
}

interface RunsTableProps {
  readonly runs: Pages<RunSummaryFragment>;
  readonly empty: string;
  readonly withApplication?: boolean;
}

export function RunsTable({ runs, empty, withApplication = false }: RunsTableProps) {
  const { t } = useTranslation();
  const columns = useColumns(withApplication);
  return (
    <ListTable
      label={t("runs.title")}
      pages={runs}
      columns={columns}
      keyOf={({ id }) => id}
      empty={empty}
    />
  );
}

type Column = ListColumn<RunSummaryFragment>;

function useColumns(withApplication: boolean): readonly Column[] {
  const { t } = useTranslation();
  const { number, span } = useFormats();
  const nameOf = useApplicationName();
  const counted = (title: string, of: (run: RunSummaryFragment) => number): Column => ({
    title, width: "6.5rem", align: "right", wide: true, cell: (run) => number(of(run)),
  });
  const application: Column = {
    title: t("runs.application"), cell: (run) => nameOf(run.applicationId),
  };
  const link = ({ id, createdAt }: RunSummaryFragment) => (
    <RowLink to="/runs/$id" params={{ id }}><Ago at={createdAt} /></RowLink>
  );
  return [
    { title: t("runs.asked"), cell: link },
    ...(withApplication ? [application] : []),
    { title: t("runs.state"), width: "9.5rem", cell: ({ state }) => <RunStatus state={state} /> },
    counted(t("runs.changed"), changesOf),
    counted(t("runs.written"), writtenOf),
    counted(t("runs.errors"), errorsOf),
    {
      title: t("runs.took"),
      width: "8rem",
      align: "right",
      wide: true,
      cell: (run) => {
        const ms = tookMs(run);
        return ms === null ? <Text span inherit c="dimmed">–</Text> : span(ms);
      },
    },
  ];
}
