import { SimpleGrid, Stack, Text } from "@mantine/core";
import type { IdentityQuery } from "@joinery/sdk";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { Facts } from "../../parts/facts.js";
import { useFormats } from "../../parts/formats.js";
import { Empty, Panel } from "../../parts/page.js";
import { At } from "../../parts/time.js";
import { Value } from "../../parts/value.js";
import { Accounts } from "./accounts.js";

type Identity = NonNullable<IdentityQuery["identity"]>;

/** Values, accounts and groups. */
export function Profile({ of: identity }: { readonly of: Identity }) {
  const { t } = useTranslation();
  return (
    <Stack gap="md">
      <SimpleGrid cols={{ base: 1, md: 2 }} spacing="md">
        <Panel title={t("identities.attributes")}><Attributes of={identity} /></Panel>
        <Stack gap="md">
          <Panel title={t("identities.groups")}><Groups of={identity} /></Panel>
          <Panel><About of={identity} /></Panel>
        </Stack>
      </SimpleGrid>
      <Panel title={t("identities.accounts")} flush><Accounts of={identity.joins} /></Panel>
    </Stack>
  );
}

function Attributes({ of: { attributes } }: { readonly of: Identity }) {
  const { t } = useTranslation();
  const facts = Object.entries(attributes).map(([name, value]) => ({
    name, value: <Value of={value} />,
  }));
  return facts.length === 0 ? <Empty>{t("identities.noAttributes")}</Empty> : <Facts of={facts} />;
}

function Groups({ of: { groups: { nodes, pageInfo } } }: { readonly of: Identity }) {
  const { t } = useTranslation();
  if (nodes.length === 0) return <Text size="sm" c="dimmed">{t("identities.noGroups")}</Text>;
  return (
    <Facts
      of={nodes.map(({ id, label, origins }) => ({
        name: origins.join(", "),
        value: <Link to="/identities/$id" params={{ id }}><bdi>{label}</bdi></Link>,
      })).concat(pageInfo.hasNextPage ? [{ name: "…", value: <>…</> }] : [])}
    />
  );
}

function About({ of: identity }: { readonly of: Identity }) {
  const { t } = useTranslation();
  const { number } = useFormats();
  const { classification, revision, updatedAt, id } = identity;
  const shown = classification === 0 ? "–" : String(classification);
  return (
    <Facts
      of={[
        { name: t("identities.classification"), value: shown },
        { name: t("identities.changed"), value: <At at={updatedAt} /> },
        { name: t("identities.revision"), value: number(revision) },
        { name: "id", value: <span className="portal-mono">{id}</span> },
      ]}
    />
  );
}
