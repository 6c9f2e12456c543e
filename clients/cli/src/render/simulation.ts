import type { SimulationReportQuery } from "@joinery/sdk";
import { count } from "../follow/stages.js";
import type { NameOf } from "../names.js";
import { printable } from "../output/printable.js";
import type { Style } from "../output/style.js";
import { counted, shownCount } from "../output/words.js";
import { patternWords } from "../plan/pattern-words.js";
import { breachWords, runDetails } from "./run.js";

type Report = NonNullable<SimulationReportQuery["run"]>;

/** What would happen if the sandbox were live: whom it knows, what would be written, what warns. */
export function reportLines(run: Report, keyOf: NameOf, style: Style): readonly string[] {
  if (run.state !== "finished") return runDetails(run, keyOf, style);
  const planned = count(run.counts, "simulatedItems");
  const inbound = run.waves.find(({ process }) => process === "inbound");
  const situations = ["joined", "unmatched", "disputed", "failed"]
    .map((name) => [name, count(inbound?.counts ?? {}, name)] as const)
    .filter(([, n]) => n > 0)
    .map(([name, n]) => `${shownCount(n)} ${name}`);
  return [
    style.bold(`${counted(planned, "change")} would be made; nothing was`),
    `accounts of the sandbox: ${situations.length === 0 ? "none" : situations.join(", ")}`,
    ...differenceLines(run),
    ...run.waves.flatMap(({ breaches }) => breaches.map((breach) =>
      style.warning(
        `${printable(keyOf(breach.applicationId))} would be held: ${breachWords(breach)}`,
      ))),
    ...run.errors.map(({ code, count: n }) => style.bad(`${shownCount(n)} × ${code}`)),
    ...applicationLines(run, keyOf, style),
  ];
}

function differenceLines({ difference }: Report): readonly string[] {
  if (difference === null) return [];
  const { appeared, gone, stayed } = difference;
  return [
    `since the last simulation: ${shownCount(appeared)} new, ${shownCount(gone)} gone, ` +
      `${shownCount(stayed)} as before`,
  ];
}

function applicationLines(run: Report, keyOf: NameOf, style: Style): readonly string[] {
  return [...Map.groupBy(run.patterns, ({ applicationId }) => applicationId)]
    .flatMap(([applicationId, patterns]) => [
      "",
      style.bold(printable(keyOf(applicationId))),
      ...patterns.map((pattern) => `  ${patternWords(pattern)}`),
    ]);
}
