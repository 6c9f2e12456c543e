import { SimpleGrid } from "@mantine/core";
import { runDocument, type RunDetailsFragment } from "@joinery/sdk";
import { getRouteApi, Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { useGraph } from "../../app/queries.js";
import { NotFound } from "../../parts/failed.js";
import { Answer, Page, Panel } from "../../parts/page.js";
import { Ago } from "../../parts/time.js";
import { IdentityChanges } from "./identity-changes.js";
import { RunCounts } from "./run-counts.js";
import { RunErrors } from "./run-errors.js";
import { RunFacts } from "./run-facts.js";
import { RunItems } from "./run-items.js";
import { runPolling } from "./run-state.js";
import { RunStatus } from "./run-status.js";
import { RunVerdict } from "./run-verdict.js";
import { RunWaves } from "./run-waves.js";

/** One run, live while it works: waves, counts, what holds it, what went wrong, what it plans. */
export function RunPage() {
  const { id } = getRouteApi("/inside/runs/$id").useParams();
  const query = useGraph(runDocument, { id }, {
    every: (data) => runPolling(data?.run?.state),
  });
  return (
    <Answer of={query}>
      {({ run }) => run === null ? <NotFound /> : <Details of={run} />}
    </Answer>
  );
}

function Details({ of: run }: { readonly of: RunDetailsFragment }) {
  const { t } = useTranslation();
  const application = run.application?.name ?? run.applicationId;
  return (
    <Page
      title={t("runs.run", { application })}
      beside={<RunStatus state={run.state} />}
      under={<><Link to="/runs">{t("runs.title")}</Link> · <Ago at={run.createdAt} /></>}
    >
      <RunVerdict of={run} />
      <IdentityChanges of={run} />
      <Panel title={t("runs.waves")} flush><RunWaves of={run} /></Panel>
      <SimpleGrid cols={{ base: 1, md: 2 }} spacing="md">
        <Panel title={t("runs.facts")}><RunFacts of={run} /></Panel>
        <Panel title={t("runs.counts")}><RunCounts of={run} /></Panel>
      </SimpleGrid>
      {run.errors.length > 0 && (
        <Panel title={t("runs.errorsTitle")}><RunErrors of={run.errors} /></Panel>
      )}
      <Panel title={t("runs.examples")} flush><RunItems of={run} /></Panel>
    </Page>
  );
}
