import { Button, Checkbox, Group, Select, Text } from "@mantine/core";
import {
  planItemsDocument,
  type ApplicationDetailsFragment,
  type PlanItemDetailsFragment,
} from "@joinery/sdk";
import { getRouteApi } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useOperatorName } from "../../app/operator-names.js";
import { usePages } from "../../app/queries.js";
import { ListTable, type ListColumn } from "../../parts/list-table.js";
import { Panel } from "../../parts/page.js";
import { useWord } from "../../parts/words.js";
import { ItemChange } from "../runs/item-change.js";
import { Decision } from "./decision.js";

const route = getRouteApi("/inside/plans/$key");

/** At most so many are decided by hash at once. */
const chosenMax = 1_000;

/** Each change that waits, filtered by operation or pattern; chosen ones are decided by hash. */
export function PlanItems({ application }: { readonly application: ApplicationDetailsFragment }) {
  const { t } = useTranslation();
  const { pattern, operation } = route.useSearch();
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const filter = { ...(pattern ? { pattern } : {}), ...(operation ? { operation } : {}) };
  const items = usePages(
    planItemsDocument,
    { applicationId: application.id, first: 100, ...filter },
    (data) => data.application?.plan.items,
    { everyMs: 10_000 },
  );
  const choose = (hash: string, isChosen: boolean) => {
    const others = [...chosen].filter((each) => each !== hash);
    setChosen(new Set(isChosen ? [...others, hash].slice(-chosenMax) : others));
  };
  const columns = useColumns(chosen, choose);
  return (
    <Panel
      title={t(pattern ? "plans.itemsOfPattern" : "plans.items")}
      flush
      actions={chosen.size === 0 ? <Filter /> : (
        <Group gap="xs">
          <Decision
            application={application}
            count={chosen.size}
            choice={{ hashes: [...chosen] }}
            onDone={() => setChosen(new Set())}
          />
        </Group>
      )}
    >
      <ListTable
        label={t("plans.items")}
        pages={items}
        columns={columns}
        keyOf={({ hash }) => hash}
        empty={t("plans.itemsNone")}
      />
    </Panel>
  );
}

const operations = ["create", "update", "delete", "members"] as const;

function Filter() {
  const { t } = useTranslation();
  const navigate = route.useNavigate();
  const { pattern, operation } = route.useSearch();
  if (pattern) {
    return (
      <Button
        variant="subtle"
        onClick={() => void navigate({ search: {}, resetScroll: false })}
      >
        {t("plans.showAll")}
      </Button>
    );
  }
  const options = operations.map((value) => ({ value, label: t(`runs.operations.${value}`) }));
  const choose = (value: string | null) =>
    void navigate({ search: value ? { operation: value } : {}, resetScroll: false });
  return (
    <Select
      aria-label={t("plans.operation")}
      data={[{ value: "", label: t("plans.anyOperation") }, ...options]}
      value={operation ?? ""}
      onChange={choose}
    />
  );
}

function useColumns(
  chosen: ReadonlySet<string>,
  choose: (hash: string, isChosen: boolean) => void,
): readonly ListColumn<PlanItemDetailsFragment>[] {
  const { t } = useTranslation();
  const word = useWord();
  const nameOf = useOperatorName();
  return [
    {
      title: t("plans.operation"),
      width: "9rem",
      cell: ({ hash, operation }) => (
        <Checkbox
          size="xs"
          label={word("runs.operations", operation)}
          checked={chosen.has(hash)}
          onChange={(event) => choose(hash, event.currentTarget.checked)}
        />
      ),
    },
    { title: t("runs.change"), cell: (item) => <ItemChange of={item} /> },
    {
      title: t("runs.because"),
      width: "16rem",
      wide: true,
      cell: ({ because, approvedBy }) => (
        <Text span inherit c="dimmed">
          {approvedBy.length > 0 && `${t("plans.approvedBy", {
            who: approvedBy.map((id) => nameOf(id) ?? id).join(", "),
          })} · `}
          {because.join(", ")}
        </Text>
      ),
    },
  ];
}
