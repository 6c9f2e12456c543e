import {
  runIdentityChangesDocument,
  type IdentityChangeDetailsFragment,
  type RunDetailsFragment,
} from "@joinery/sdk";
import { useTranslation } from "react-i18next";
import { usePages } from "../../app/queries.js";
import { ListTable, type ListColumn } from "../../parts/list-table.js";
import { Panel } from "../../parts/page.js";
import { RowLink } from "../../parts/row-link.js";
import { useWord } from "../../parts/words.js";
import { ItemChange } from "./item-change.js";

/** What a held inbound wave would change in the vault; nothing where none is held. */
export function IdentityChanges({ of: run }: { readonly of: RunDetailsFragment }) {
  const isHeld = run.waves.some(({ process, state }) => process === "inbound" && state === "held");
  return isHeld ? <Changes id={run.id} /> : null;
}

function Changes({ id }: { readonly id: string }) {
  const { t } = useTranslation();
  const changes = usePages(
    runIdentityChangesDocument, { id, first: 50 }, (data) => data.run?.identityChanges,
  );
  return (
    <Panel title={t("runs.identityChanges")} flush>
      <ListTable
        label={t("runs.identityChanges")}
        pages={changes}
        columns={useColumns()}
        keyOf={({ identityId }) => identityId}
        empty={t("runs.examplesNone")}
      />
    </Panel>
  );
}

function useColumns(): readonly ListColumn<IdentityChangeDetailsFragment>[] {
  const { t } = useTranslation();
  const word = useWord();
  return [
    {
      title: t("identities.name"),
      width: "min(16rem, 45vw)",
      // One that would be made has no page yet.
      cell: ({ identityId: id, label, operation }) => operation === "create"
        ? <bdi>{label}</bdi>
        : <RowLink to="/identities/$id" params={{ id }}><bdi>{label}</bdi></RowLink>,
    },
    {
      title: t("runs.operation"),
      width: "7.5rem",
      cell: ({ operation }) => word("runs.operations", operation),
    },
    { title: t("runs.change"), cell: (change) => <ItemChange of={change} /> },
  ];
}
