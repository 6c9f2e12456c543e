import { Text } from "@mantine/core";
import {
  cancelFutureTaskDocument,
  futureTasksDocument,
  type FutureTaskDetailsFragment,
} from "@joinery/sdk";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { useApplicationName } from "../../app/application-names.js";
import { useChange, usePages } from "../../app/queries.js";
import { Confirm } from "../../parts/confirm.js";
import { ListTable, type ListColumn } from "../../parts/list-table.js";
import { Page, Panel } from "../../parts/page.js";
import { Ago, At } from "../../parts/time.js";
import { useMay } from "../../shell/viewer.js";

/** What is to come, the earliest first, and how it is cancelled. */
export function FuturePage() {
  const { t } = useTranslation();
  const tasks = usePages(
    futureTasksDocument, { first: 100 }, (data) => data.futureTasks, { everyMs: 10_000 },
  );
  return (
    <Page title={t("future.title")} under={t("future.about")}>
      <Panel flush>
        <ListTable
          label={t("future.title")}
          pages={tasks}
          columns={useColumns()}
          keyOf={({ id }) => id}
          empty={t("future.none")}
        />
      </Panel>
    </Page>
  );
}

type Task = FutureTaskDetailsFragment;

function useColumns(): readonly ListColumn<Task>[] {
  const { t } = useTranslation();
  const nameOf = useApplicationName();
  const mayCancel = useMay("run:release");
  const columns: readonly ListColumn<Task>[] = [
    { title: t("future.due"), width: "min(12rem, 35vw)", cell: ({ dueAt }) => <At at={dueAt} /> },
    { title: t("future.account"), cell: (task) => <Account of={task} /> },
    {
      title: t("future.application"),
      width: "12rem",
      wide: true,
      cell: ({ applicationId }) => nameOf(applicationId),
    },
    {
      title: t("future.since"),
      width: "11rem",
      wide: true,
      cell: ({ plannedAt }) => <Ago at={plannedAt} />,
    },
  ];
  if (!mayCancel) return columns;
  const cancel: ListColumn<Task> = {
    title: t("future.cancel"), width: "8rem", cell: (task) => <Cancel of={task} />,
  };
  return [...columns, cancel];
}

function Account({ of: { accountName, identityId } }: { readonly of: Task }) {
  if (identityId === null) return <Text span inherit><bdi>{accountName}</bdi></Text>;
  return (
    <Link to="/identities/$id" params={{ id: identityId }}><bdi>{accountName}</bdi></Link>
  );
}

function Cancel({ of: { id, accountName: name } }: { readonly of: Task }) {
  const { t } = useTranslation();
  const cancel = useChange(cancelFutureTaskDocument, (data) => data.cancelFutureTask);
  return (
    <Confirm
      label={t("future.cancel")}
      title={t("future.cancelTitle", { name })}
      text={t("future.cancelText")}
      act={() => cancel.mutateAsync({ id })}
      isBusy={cancel.isPending}
      error={cancel.error}
    />
  );
}
