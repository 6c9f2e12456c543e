import { identityMembersDocument } from "@joinery/sdk";
import { useTranslation } from "react-i18next";
import { usePages } from "../../app/queries.js";
import { ListTable } from "../../parts/list-table.js";
import { Panel } from "../../parts/page.js";
import { RowLink } from "../../parts/row-link.js";

/** Members of a group, with what wants each membership. */
export function Members({ id }: { readonly id: string }) {
  const { t } = useTranslation();
  const members = usePages(
    identityMembersDocument, { id, first: 100 }, (data) => data.identity?.members,
  );
  return (
    <Panel flush>
      <ListTable
        label={t("identities.tabs.members")}
        pages={members}
        columns={[
          {
            title: t("identities.name"),
            cell: (one) => (
              <RowLink to="/identities/$id" params={{ id: one.id }}><bdi>{one.label}</bdi></RowLink>
            ),
          },
          { title: t("runs.because"), cell: ({ origins }) => origins.join(", ") },
        ]}
        keyOf={(one) => one.id}
        empty={t("identities.noMembers")}
      />
    </Panel>
  );
}
