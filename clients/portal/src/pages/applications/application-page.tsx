import { SimpleGrid, Stack } from "@mantine/core";
import { applicationDocument, type ApplicationQuery } from "@joinery/sdk";
import { getRouteApi, Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { useGraph } from "../../app/queries.js";
import { NotFound } from "../../parts/failed.js";
import { useFormats } from "../../parts/formats.js";
import { Notice } from "../../parts/notice.js";
import { Answer, Page, Panel } from "../../parts/page.js";
import { Problem } from "../../parts/problem.js";
import { useMay } from "../../shell/viewer.js";
import { RunsTable, useRuns } from "../runs/runs-table.js";
import { ApplicationActions } from "./application-actions.js";
import { ApplicationCounts } from "./application-counts.js";
import { ApplicationFacts } from "./application-facts.js";
import { ApplicationStatus } from "./application-status.js";
import { Configuration } from "./configuration.js";
import { Schedules } from "./schedules.js";

type Application = NonNullable<ApplicationQuery["application"]>;

/** One connected system: how it stands, what it holds, what it did last, what can be done. */
export function ApplicationPage() {
  const { key } = getRouteApi("/inside/applications/$key").useParams();
  const query = useGraph(applicationDocument, { id: key }, { every: () => 5_000 });
  return (
    <Answer of={query}>
      {({ application }) => application === null ? <NotFound /> : <Details of={application} />}
    </Answer>
  );
}

function Details({ of: application }: { readonly of: Application }) {
  const { t } = useTranslation();
  const runs = useRuns({ applicationId: application.id });
  const mayRead = useMay("run:read");
  return (
    <Page
      title={application.name}
      beside={<ApplicationStatus of={application} />}
      under={<Link to="/applications">{t("applications.title")}</Link>}
      actions={<ApplicationActions of={application} />}
    >
      <Paused of={application} />
      <SimpleGrid cols={{ base: 1, md: 2 }} spacing="md">
        <Panel title={t("applications.overview")}><ApplicationFacts of={application} /></Panel>
        <Stack gap="md">
          <Panel title={t("applications.accounts")}><ApplicationCounts of={application} /></Panel>
          <Schedules applicationId={application.id} />
        </Stack>
      </SimpleGrid>
      {mayRead && (
        <Panel title={t("applications.lastRuns")} flush>
          <RunsTable runs={runs} empty={t("applications.noRuns")} />
        </Panel>
      )}
      <Panel title={t("applications.configuration")}><Configuration of={application} /></Panel>
    </Page>
  );
}

function Paused({ of: { pausedUntil, pauseReason, pauseCode } }: { readonly of: Application }) {
  const { t } = useTranslation();
  const { time } = useFormats();
  if (pauseCode === null) return null;
  return (
    <Notice
      tone="waiting"
      title={pausedUntil && t("applications.pausedUntil", { time: time(pausedUntil) })}
    >
      <Problem code={pauseCode} reason={pauseReason} />
    </Notice>
  );
}
