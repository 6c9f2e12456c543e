import { Group, Text } from "@mantine/core";
import {
  applicationHealthDocument,
  identityCountsDocument,
  plansWaitingDocument,
} from "@joinery/sdk";
import { useTranslation } from "react-i18next";
import { useGraph, usePages } from "../../app/queries.js";
import { Failed } from "../../parts/failed.js";
import { useFormats } from "../../parts/formats.js";
import { Empty, Loading, Page, Panel } from "../../parts/page.js";
import { useViewer } from "../../shell/viewer.js";
import { HealthTable } from "../applications/health-table.js";
import { whatWaits, type Health } from "./waiting.js";
import { WaitingList } from "./waiting-list.js";

/** How it stands: what waits for a person, and every application in one line. */
export function HomePage() {
  const { t } = useTranslation();
  const organisation = useViewer()?.organisation.name;
  const applications = usePages(
    applicationHealthDocument, { first: 100 }, (data) => data.applications, { everyMs: 5_000 },
  );
  return (
    <Page title={organisation ?? t("home.title")} beside={<Counts />}>
      {applications.error !== null && applications.nodes.length === 0 ? (
        <Panel><Failed error={applications.error} again={applications.again} /></Panel>
      ) : (
        <>
          <Panel title={t("home.waiting")} flush>
            {applications.isLoading ? <Loading lines={2} /> : <WhatWaits in={applications.nodes} />}
          </Panel>
          <Panel title={t("home.health")} flush>
            <HealthTable applications={applications} empty={t("home.noApplications")} />
          </Panel>
        </>
      )}
    </Page>
  );
}

function WhatWaits({ in: applications }: { readonly in: readonly Health[] }) {
  const { t } = useTranslation();
  const plans = usePages(
    plansWaitingDocument, { first: 100 }, (data) => data.applications, { everyMs: 10_000 },
  );
  const waiting = whatWaits(applications, plans.nodes);
  if (plans.isLoading && waiting.length === 0) return <Loading lines={2} />;
  return waiting.length === 0
    ? <Empty>{t("home.nothingWaits")}</Empty>
    : <WaitingList waiting={waiting} />;
}

/** How many people and groups there are, as soon as that is known. */
function Counts() {
  const { t } = useTranslation();
  const { language } = useFormats();
  const { data } = useGraph(identityCountsDocument, {}, { every: () => 10_000 });
  if (!data) return null;
  const { users, groups } = data.identityCounts;
  return (
    <Group gap="xs" key={language}>
      <Text size="sm" c="dimmed">
        {t("home.people", { count: users })} · {t("home.groups", { count: groups })}
      </Text>
    </Group>
  );
}
