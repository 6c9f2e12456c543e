import { Tabs } from "@mantine/core";
import { identityDocument, type IdentityQuery } from "@joinery/sdk";
import { getRouteApi, Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { useGraph } from "../../app/queries.js";
import { NotFound } from "../../parts/failed.js";
import { Answer, Page } from "../../parts/page.js";
import { useMay } from "../../shell/viewer.js";
import { IdentityStatus } from "./identity-status.js";
import { Members } from "./members.js";
import { Profile } from "./profile.js";
import { Timeline } from "./timeline.js";
import { Why } from "./why.js";

const route = getRouteApi("/inside/identities/$id");

/** One person or group: values, accounts, why each value is what it is, what happened. */
export function IdentityPage() {
  const { id } = route.useParams();
  const query = useGraph(identityDocument, { id });
  return (
    <Answer of={query}>
      {({ identity }) => identity === null ? <NotFound /> : <Details of={identity} />}
    </Answer>
  );
}

function Details({ of: identity }: { readonly of: NonNullable<IdentityQuery["identity"]> }) {
  const { t } = useTranslation();
  const navigate = route.useNavigate();
  const { tab = "profile" } = route.useSearch();
  const { id, label, kind, state } = identity;
  const mayAudit = useMay("audit:read");
  const tabs = [
    { name: "profile", content: <Profile of={identity} /> },
    { name: "why", content: <Why id={id} /> },
    ...(mayAudit ? [{ name: "timeline", content: <Timeline id={id} /> } as const] : []),
    ...(kind === "group" ? [{ name: "members", content: <Members id={id} /> } as const] : []),
  ] as const;
  return (
    <Page
      title={label}
      beside={<IdentityStatus state={state} />}
      under={<Link to="/identities" search={{ kind }}>{t("identities.title")}</Link>}
    >
      <Tabs
        value={tab}
        onChange={(value) => {
          if (value) void navigate({ search: { tab: value }, replace: true });
        }}
      >
        <Tabs.List mb="md">
          {tabs.map(({ name }) => (
            <Tabs.Tab key={name} value={name}>{t(`identities.tabs.${name}`)}</Tabs.Tab>
          ))}
        </Tabs.List>
        {tabs.map(({ name, content }) => (
          <Tabs.Panel key={name} value={name}>{content}</Tabs.Panel>
        ))}
      </Tabs>
    </Page>
  );
}
