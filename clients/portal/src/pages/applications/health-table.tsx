import { Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Pages } from "../../app/queries.js";
import { ListTable, type ListColumn } from "../../parts/list-table.js";
import { RowLink } from "../../parts/row-link.js";
import { Ago } from "../../parts/time.js";
import { useWord } from "../../parts/words.js";
import type { Health } from "../home/waiting.js";
import { RunStatus } from "../runs/run-status.js";
import { ApplicationStatus } from "./application-status.js";

interface HealthTableProps {
  readonly applications: Pages<Health>;
  readonly empty: string;
}

/** Applications with how each stands and what its last run came to. */
export function HealthTable({ applications, empty }: HealthTableProps) {
  const { t } = useTranslation();
  const word = useWord();
  const columns: readonly ListColumn<Health>[] = [
    {
      title: t("applications.name"),
      cell: ({ key, name }) => (
        <><RowLink to="/applications/$key" params={{ key }}>{name}</RowLink>
          <Text span size="xs" c="dimmed" ml={8} visibleFrom="sm">{key}</Text></>
      ),
    },
    {
      title: t("applications.state"),
      width: "min(9.5rem, 30vw)",
      cell: (one) => <ApplicationStatus of={one} />,
    },
    {
      title: t("applications.phase"),
      width: "9.5rem",
      wide: true,
      cell: ({ phase }) => word("applications.phases", phase),
    },
    {
      title: t("applications.connector"),
      width: "9rem",
      wide: true,
      cell: ({ connector }) => connector,
    },
    {
      title: t("applications.lastRun"),
      width: "min(9rem, 30vw)",
      cell: ({ runs: { nodes: [run] } }) =>
        run ? <RunStatus state={run.state} /> : <Text span inherit c="dimmed">–</Text>,
    },
    {
      title: t("runs.asked"),
      width: "9.5rem",
      wide: true,
      cell: ({ runs: { nodes: [run] } }) => <Ago at={run?.createdAt} />,
    },
  ];
  return (
    <ListTable
      label={t("applications.title")}
      pages={applications}
      columns={columns}
      keyOf={({ id }) => id}
      empty={empty}
    />
  );
}
