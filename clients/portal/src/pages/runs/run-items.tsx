import { Text } from "@mantine/core";
import {
  runItemsDocument,
  type PlanItemDetailsFragment,
  type RunDetailsFragment,
} from "@joinery/sdk";
import { useTranslation } from "react-i18next";
import { useApplicationName } from "../../app/application-names.js";
import { usePages } from "../../app/queries.js";
import { ListTable, type ListColumn } from "../../parts/list-table.js";
import { useWord } from "../../parts/words.js";
import { ItemChange } from "./item-change.js";
import { runPolling } from "./run-state.js";

/** Every change that a run plans, as far as somebody reads on. */
export function RunItems({ of: run }: { readonly of: RunDetailsFragment }) {
  const { t } = useTranslation();
  const items = usePages(
    runItemsDocument,
    { id: run.id, first: 50 },
    (data) => data.run?.items,
    { everyMs: runPolling(run.state), as: run.state },
  );
  return (
    <ListTable
      label={t("runs.examples")}
      pages={items}
      columns={useColumns()}
      keyOf={({ id }) => id}
      empty={t("runs.examplesNone")}
    />
  );
}

function useColumns(): readonly ListColumn<PlanItemDetailsFragment>[] {
  const { t } = useTranslation();
  const word = useWord();
  const nameOf = useApplicationName();
  return [
    {
      title: t("runs.operation"),
      width: "7.5rem",
      cell: ({ operation }) => word("runs.operations", operation),
    },
    {
      title: t("runs.application"),
      width: "9rem",
      wide: true,
      cell: ({ applicationId }) => nameOf(applicationId),
    },
    { title: t("runs.change"), cell: (item) => <ItemChange of={item} /> },
    {
      title: t("runs.because"),
      width: "14rem",
      wide: true,
      cell: ({ because }) => <Text span inherit c="dimmed">{because.join(", ")}</Text>,
    },
    {
      title: t("runs.outcome"),
      width: "9rem",
      cell: ({ state, code, reason }) => (
        <span title={[code, reason].filter(Boolean).join(": ")}>
          {word("applications.itemStates", state)}
        </span>
      ),
    },
  ];
}
