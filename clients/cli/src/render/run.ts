import type { PlanItemDetailsFragment, RunDetailsFragment, RunSummaryFragment } from "@joinery/sdk";
import type { NameOf } from "../names.js";
import { printable } from "../output/printable.js";
import type { Style } from "../output/style.js";
import { pairs, table, type Column } from "../output/table.js";
import { shownCount, shownDuration, shownTime, shownValue } from "../output/words.js";
import { stageLine } from "../follow/plain-lines.js";
import { count, stagesOf } from "../follow/stages.js";

type Breach = RunDetailsFragment["waves"][number]["breaches"][number];

/** Runs of a list, one a line. */
export function runTable(
  runs: readonly RunSummaryFragment[],
  keyOf: NameOf,
  style: Style,
): readonly string[] {
  const columns: readonly Column<RunSummaryFragment>[] = [
    { title: "RUN", of: ({ id }) => id },
    { title: "APPLICATION", of: ({ applicationId }) => printable(keyOf(applicationId)) },
    {
      title: "STATE",
      of: ({ state }) => state,
      paint: (text, { state }) => painted(text, state, style),
    },
    { title: "READ", of: ({ counts }) => shownCount(count(counts, "read")), align: "right" },
    { title: "CHANGED", of: (run) => shownCount(changes(run)), align: "right" },
    {
      title: "WRITTEN",
      of: ({ counts }) => shownCount(count(counts, "itemsDone")),
      align: "right",
    },
    { title: "ERRORS", of: (run) => shownCount(errorCount(run)), align: "right" },
    { title: "ASKED FOR", of: ({ createdAt }) => shownTime(createdAt) },
    { title: "TOOK", of: (run) => took(run) },
  ];
  return table(columns, runs, style);
}

/** One run with its waves, what holds it, and what went wrong. */
export function runDetails(
  run: RunDetailsFragment,
  keyOf: NameOf,
  style: Style,
): readonly string[] {
  return [
    ...pairs(
      [
        ["run", run.id],
        ["application", printable(keyOf(run.applicationId))],
        ["reads", run.reads],
        ["state", painted(run.state, run.state, style)],
        ...(isTold(run) ? [["because", reasonOf(run)] as const] : []),
        ["rule set", run.ruleSetVersion === null ? "–" : `version ${run.ruleSetVersion}`],
        ["asked for", shownTime(run.createdAt)],
        ["took", took(run)],
      ],
      style,
    ),
    "",
    ...stagesOf(run, keyOf).map((stage) => `  ${stageLine(stage)}`),
    ...breachLines(run, keyOf, style),
    ...errorLines(run, style),
  ];
}

/** What is said when a run has come to its end, or waits. */
export function verdictLines(
  run: RunDetailsFragment,
  keyOf: NameOf,
  style: Style,
): readonly string[] {
  const state = painted(run.state, run.state, style);
  const because = isTold(run) ? `: ${reasonOf(run)}` : "";
  return [
    `run ${run.id} is ${state}${run.finishedAt ? ` after ${took(run)}` : ""}${because}`,
    ...breachLines(run, keyOf, style),
    ...errorLines(run, style),
    ...(run.state === "held" ? hints(run, keyOf) : []),
  ];
}

/**
 * How to look at what is held and to decide about it: plans that people sign off item by item, and
 * all else as a whole.
 */
function hints(run: RunDetailsFragment, keyOf: NameOf): readonly string[] {
  const held = run.waves.filter(({ state }) => state === "held");
  const plans = held.filter(({ signOff }) => signOff);
  const keys = new Set(plans.map(({ applicationId }) => printable(keyOf(applicationId))));
  return [
    ...[...keys].flatMap((key) => [
      `look at the plan: joinery plan show ${key}`,
      `and approve it:   joinery plan approve ${key}`,
    ]),
    ...(held.length > plans.length
      ? [
          ...(held.some(({ process }) => process === "inbound")
            ? [`look at it:     joinery run show ${run.id} --changes`]
            : []),
          `let it through: joinery run release ${run.id}`,
          `or give it up:  joinery run discard ${run.id}`,
        ]
      : []),
  ];
}

/** Planned changes of a run. */
export function itemTable(
  items: readonly PlanItemDetailsFragment[],
  keyOf: NameOf,
  style: Style,
): readonly string[] {
  const columns: readonly Column<PlanItemDetailsFragment>[] = [
    { title: "ITEM", of: ({ id }) => id },
    { title: "APPLICATION", of: ({ applicationId }) => printable(keyOf(applicationId)) },
    { title: "OPERATION", of: ({ operation, kind }) => `${operation} ${kind}` },
    {
      title: "STATE",
      of: ({ state }) => state,
      paint: (text, { state }) => painted(text, state, style),
    },
    { title: "CHANGE", of: (item) => changeOf(item) },
    { title: "BECAUSE", of: ({ because }) => printable(because.join(" ")) },
    {
      title: "SAID",
      of: ({ code, reason }) => (code ? `${code}: ${printable(reason ?? "")}` : ""),
    },
  ];
  return table(columns, items, style);
}

function changeOf({ before, after }: PlanItemDetailsFragment): string {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return names
    .map((name) => {
      const [was, is] = [shownValue(before[name]), shownValue(after[name])];
      return was === "–" ? `${printable(name)}: ${is}` : `${printable(name)}: ${was} → ${is}`;
    })
    .join("; ");
}

function breachLines(run: RunDetailsFragment, keyOf: NameOf, style: Style): readonly string[] {
  return run.waves
    .filter(({ state }) => state === "held")
    .flatMap(({ process, breaches }) =>
      breaches.map((breach) => {
        const where = printable(keyOf(breach.applicationId));
        return style.warning(`  ${process} of ${where}: ${breachWords(breach)}`);
      }),
    );
}

/** `290 × delete, at most 15 of 300` */
export function breachWords({ class: what, n, limit, population }: Breach): string {
  const most = `at most ${shownCount(limit)} of ${shownCount(population)}`;
  return `${shownCount(n)} × ${what}, ${most}`;
}

const samplesShown = 3;

function errorLines(run: RunSummaryFragment, style: Style): readonly string[] {
  return run.errors.flatMap(({ code, count: n, samples }) => [
    style.bad(`  ${shownCount(n)} × ${code}`),
    ...samples
      .slice(0, samplesShown)
      .map(({ object, reason }) => `    ${printable(object)}: ${printable(reason)}`),
  ]);
}

/** A run that goes on or is finished may still carry what once held it. */
function isTold({ state, code }: RunSummaryFragment): boolean {
  return code !== null && (state === "held" || state === "failed" || state === "discarded");
}

function reasonOf({ code, reason }: RunSummaryFragment): string {
  return `${code ?? ""}${reason ? `, ${printable(reason)}` : ""}`;
}

function took({ createdAt, startedAt, finishedAt }: RunSummaryFragment): string {
  if (!finishedAt) return "–";
  return shownDuration(Date.parse(finishedAt) - Date.parse(startedAt ?? createdAt));
}

function changes({ counts }: RunSummaryFragment): number {
  return ["new", "changed", "gone"].reduce((sum, name) => sum + count(counts, name), 0);
}

function errorCount({ errors }: RunSummaryFragment): number {
  return errors.reduce((sum, error) => sum + error.count, 0);
}

function painted(text: string, state: string, style: Style): string {
  if (state === "finished" || state === "done") return style.good(text);
  if (state === "failed" || state === "discarded") return style.bad(text);
  return state === "held" || state === "stale" || state === "proposed" ? style.warning(text) : text;
}
