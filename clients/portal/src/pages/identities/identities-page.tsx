import { SegmentedControl, TextInput } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { identitiesDocument, type IdentitySummaryFragment } from "@joinery/sdk";
import { getRouteApi } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { usePages } from "../../app/queries.js";
import { Icon } from "../../parts/icons.js";
import { ListTable, type ListColumn } from "../../parts/list-table.js";
import { Page, Panel } from "../../parts/page.js";
import { RowLink } from "../../parts/row-link.js";
import { Ago } from "../../parts/time.js";
import { IdentityStatus } from "./identity-status.js";

const route = getRouteApi("/inside/identities");

/** People or groups in the order of their names, all or those that begin with something. */
export function IdentitiesPage() {
  const { t } = useTranslation();
  const { search = "", kind = "user" } = route.useSearch();
  const identities = usePages(
    identitiesDocument,
    { kind, first: 100, ...(search === "" ? {} : { search }) },
    (data) => data.identities,
  );
  const empty = search === "" ? t("identities.none") : t("identities.noneFound", { search });
  return (
    <Page title={t("identities.title")} actions={<Kind />}>
      <Search />
      <Panel flush>
        <ListTable
          label={t("identities.title")}
          pages={identities}
          columns={useColumns()}
          keyOf={({ id }) => id}
          empty={empty}
        />
      </Panel>
    </Page>
  );
}

const typingMs = 250;

/** Searches while somebody types, so that the address always tells what is shown. */
function Search() {
  const { t } = useTranslation();
  const navigate = route.useNavigate();
  const { search, ...others } = route.useSearch();
  const go = useDebouncedCallback((text: string) => {
    void navigate({ search: text === "" ? others : { ...others, search: text }, replace: true });
  }, typingMs);
  return (
    <search>
      <TextInput
        type="search"
        aria-label={t("identities.search")}
        placeholder={t("identities.searchPlaceholder")}
        leftSection={<Icon name="search" size={16} />}
        defaultValue={search}
        onChange={(event) => go(event.currentTarget.value)}
        maw="28rem"
      />
    </search>
  );
}

function Kind() {
  const { t } = useTranslation();
  const navigate = route.useNavigate();
  const { kind = "user", ...others } = route.useSearch();
  return (
    <SegmentedControl
      aria-label={t("identities.kind")}
      data={[
        { value: "user", label: t("identities.kinds.user") },
        { value: "group", label: t("identities.kinds.group") },
      ]}
      value={kind}
      onChange={(value) => void navigate({ search: { ...others, kind: value } })}
    />
  );
}

function useColumns(): readonly ListColumn<IdentitySummaryFragment>[] {
  const { t } = useTranslation();
  return [
    {
      title: t("identities.name"),
      cell: ({ id, label }) => (
        <RowLink to="/identities/$id" params={{ id }}><bdi>{label}</bdi></RowLink>
      ),
    },
    {
      title: t("identities.state"),
      width: "min(9rem, 30vw)",
      cell: ({ state }) => <IdentityStatus state={state} />,
    },
    {
      title: t("identities.classification"),
      width: "8rem",
      align: "right",
      wide: true,
      cell: ({ classification }) => classification === 0 ? "–" : String(classification),
    },
    {
      title: t("identities.changed"),
      width: "11rem",
      wide: true,
      cell: ({ updatedAt }) => <Ago at={updatedAt} />,
    },
  ];
}
