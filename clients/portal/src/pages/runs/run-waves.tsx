import { Progress, Text, VisuallyHidden } from "@mantine/core";
import { runStages, type RunDetailsFragment, type RunStage, type StageState } from "@joinery/sdk";
import { useTranslation } from "react-i18next";
import { useApplicationName } from "../../app/application-names.js";
import { useFormats } from "../../parts/formats.js";
import { Empty } from "../../parts/page.js";
import { Status, type Tone } from "../../parts/status.js";
import { useWord } from "../../parts/words.js";
import classes from "./run-waves.module.css";

const tones: Readonly<Record<StageState, Tone>> = {
  waiting: "idle", working: "busy", held: "waiting", done: "good", failed: "bad", discarded: "idle",
};

/** How far each wave is, those to come included. */
export function RunWaves({ of: run }: { readonly of: RunDetailsFragment }) {
  const { t } = useTranslation();
  const stages = runStages(run);
  if (stages.length === 0) return <Empty>{t("runs.wavesNone")}</Empty>;
  return (
    <ol className={classes["waves"]}>
      {stages.map((stage) => (
        <li key={`${stage.process} ${stage.applicationId}`}><Wave of={stage} /></li>
      ))}
    </ol>
  );
}

function Wave({ of: stage }: { readonly of: RunStage }) {
  const { t } = useTranslation();
  const nameOf = useApplicationName();
  const { process, applicationId, state } = stage;
  const name = t(`runs.processes.${process}`);
  const shown = applicationId === null
    ? name
    : t("runs.processOf", { process: name, application: nameOf(applicationId) });
  return (
    <div className={classes["wave"]}>
      <Text size="sm" fw={550} className={classes["name"] ?? ""}>{shown}</Text>
      <Bar of={stage} name={shown} />
      <Text size="sm" component="div">
        <Status tone={tones[state]}>{t(`runs.stages.${state}`)}</Status>
      </Text>
      <Text size="sm" c="dimmed" className={classes["note"] ?? ""}><Note of={stage} /></Text>
    </div>
  );
}

/** Full when done, striped while nobody knows how much there is. */
function Bar({ of, name }: { readonly of: RunStage; readonly name: string }) {
  const { done, total, state } = of;
  const isOpen = state === "working" && total === null;
  const known = total === null || total === 0 ? 0 : (done / total) * 100;
  const share = state === "done" || isOpen ? 100 : known;
  const color = state === "failed" ? "red.8" : state === "held" ? "yellow.8" : "pine.6";
  return (
    <Progress.Root size="sm" className={classes["bar"] ?? ""}>
      <Progress.Section
        value={share} color={color} striped={isOpen} animated={isOpen} aria-label={name}
      />
    </Progress.Root>
  );
}

function Note({ of: { process, counts, done, total, state } }: { readonly of: RunStage }) {
  const { t } = useTranslation();
  const { number } = useFormats();
  const word = useWord();
  if (state === "waiting") return <VisuallyHidden>–</VisuallyHidden>;
  if (process === "inbound" || process === "outbound") {
    const { identities: n } = counts;
    return n === undefined ? null : <>{t("runs.identitiesCount", { count: n })}</>;
  }
  const names = process === "import" ? "runs.countNames" : "applications.itemStates";
  const parts = Object.entries(counts)
    .filter(([name, n]) => process === "import" || (n > 0 && name !== "done"))
    .map(([name, n]) => `${number(n)} ${word(names, name)}`);
  const progress = total === null || total === 0 ? [] : [t("runs.ofTotal", { done, total })];
  return <>{[...progress, ...parts].join(" · ")}</>;
}
