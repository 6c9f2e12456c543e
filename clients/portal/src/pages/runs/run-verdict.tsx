import { Group, List } from "@mantine/core";
import { discardRunDocument, releaseRunDocument, type RunDetailsFragment } from "@joinery/sdk";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { useApplicationName } from "../../app/application-names.js";
import { useChange } from "../../app/queries.js";
import { Confirm } from "../../parts/confirm.js";
import { Notice } from "../../parts/notice.js";
import { Problem } from "../../parts/problem.js";
import { useWord } from "../../parts/words.js";
import { useMay } from "../../shell/viewer.js";
import { breachesOf } from "./breaches.js";

interface VerdictProps {
  readonly of: RunDetailsFragment;
}

/** What holds a run and how it is decided, or what ended it. */
export function RunVerdict({ of: run }: VerdictProps) {
  const { t } = useTranslation();
  if (run.state === "held") return <Held of={run} />;
  if (run.state !== "failed" && run.state !== "discarded") return null;
  const isFailed = run.state === "failed";
  return (
    <Notice
      tone={isFailed ? "bad" : "idle"}
      title={t(isFailed ? "runs.failedTitle" : "runs.discardedTitle")}
    >
      <Problem code={run.code} reason={run.reason} />
    </Notice>
  );
}

function Held({ of: run }: VerdictProps) {
  const { t } = useTranslation();
  const word = useWord();
  const nameOf = useApplicationName();
  return (
    <Notice tone="waiting" title={t("runs.heldTitle")}>
      {t("runs.heldText")} <Problem code={run.code} reason={run.reason} />
      <List size="sm" my="xs">
        {breachesOf(run).map(({ process, applicationId, class: what, n, limit, population }) => (
          <List.Item key={`${process} ${applicationId} ${what}`}>
            {t("runs.breach", {
              n,
              what: word("runs.classes", what),
              process: word("runs.processes", process),
              application: nameOf(applicationId),
            })}
            {": "}{t("runs.breachLimit", { limit, population })}
          </List.Item>
        ))}
      </List>
      <SignOffs of={run} />
      {run.waves.some(({ state, signOff }) => state === "held" && !signOff) && (
        <Decision of={run} />
      )}
    </Notice>
  );
}

/** Waves that are approved change by change, each where that is done. */
function SignOffs({ of: run }: VerdictProps) {
  const { t } = useTranslation();
  const nameOf = useApplicationName();
  return run.waves
    .filter(({ state, signOff }) => state === "held" && signOff)
    .map(({ id, applicationId }) => (
      <div key={id}>
        <Link to="/plans/$key" params={{ key: applicationId }}>
          {t("plans.plan", { application: nameOf(applicationId) })}
        </Link>
      </div>
    ));
}

function Decision({ of: { id } }: VerdictProps) {
  const { t } = useTranslation();
  const mayRelease = useMay("run:release");
  const release = useChange(releaseRunDocument, (data) => data.releaseRun);
  const discard = useChange(discardRunDocument, (data) => data.discardRun);
  if (!mayRelease) return null;
  return (
    <Group gap="xs">
      <Confirm
        label={t("runs.release")}
        variant="filled"
        title={t("runs.releaseTitle")}
        text={t("runs.releaseText")}
        act={() => release.mutateAsync({ id })}
        isBusy={release.isPending}
        error={release.error}
      />
      <Confirm
        label={t("runs.discard")}
        title={t("runs.discardTitle")}
        text={t("runs.discardText")}
        isGrave
        act={() => discard.mutateAsync({ id })}
        isBusy={discard.isPending}
        error={discard.error}
      />
    </Group>
  );
}
