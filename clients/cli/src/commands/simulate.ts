import {
  accepted,
  JoineryApiError,
  runsDocument,
  simulationReportDocument,
  startSimulationDocument,
  type JoineryClient,
} from "@joinery/sdk";
import type { Command } from "commander";
import type { Act, Call } from "../call.js";
import { exitCodeOf } from "../follow/follow.js";
import { limitFlag, secondsFlag } from "../input/flags.js";
import { applicationKeys } from "../names.js";
import type { Answer } from "../output/output.js";
import { reportLines } from "../render/simulation.js";

interface SimulateFlags {
  readonly last?: boolean;
  readonly limit: number;
  readonly interval: number;
}

export function addSimulate(program: Command, act: Act): void {
  program
    .command("simulate")
    .description("What would happen if all applications in the sandbox were live; changes nothing.")
    .option("--last", "show the newest report instead; there is one each day")
    .option("--limit <n>", "how many patterns at most, up to 200", limitFlag, 50)
    .option("--interval <seconds>", "how often to look", secondsFlag, 1_000)
    .addHelpText(
      "after",
      `
An application in the sandbox is read (joinery import <application>), and nothing is written to it.
Each change, with its values: joinery run show <run> --items

Examples:
  joinery application add crm --phase sandbox --connector csv --set path=crm.csv --set anchor=id
  joinery simulate
  joinery simulate --last --json`,
    )
    .action((flags: SimulateFlags, command: Command) =>
      act(command, (call) => simulate(call, flags)),
    );
}

async function simulate(call: Call, { last, limit, interval }: SimulateFlags): Promise<Answer> {
  const client = await call.client();
  const keyOf = await applicationKeys(client);
  const id = last ? await newest(client) : await start(client);
  if (!last) {
    call.output.note(`run ${id}`);
    const signal = call.surroundings.interrupted;
    const how = { intervalMs: interval, signal, until: "settled" } as const;
    for await (const _run of client.followRun(id, how)); // Nothing of it is told before its end.
  }
  const first = Math.min(limit, patternsMax);
  const { run } = await client.request(simulationReportDocument, { id, first });
  if (run === null) throw notFound();
  const lines = reportLines(run, keyOf, call.output.style);
  return { document: { run }, lines, exitCode: exitCodeOf(run.state) };
}

const patternsMax = 200;

/** Throws SANDBOX_EMPTY, RUN_OPEN. */
async function start(client: JoineryClient): Promise<string> {
  const { startSimulation } = await client.request(startSimulationDocument, {});
  const { run } = accepted(startSimulation);
  if (run === null) throw notFound();
  return run.id;
}

const lookedThrough = 500;

/** The newest simulation that is at its end. */
async function newest(client: JoineryClient): Promise<string> {
  const { runs } = await client.request(runsDocument, { first: lookedThrough });
  const found = runs.nodes.find(({ reads, state }) =>
    reads === "simulation" && state === "finished");
  if (found === undefined) throw notFound();
  return found.id;
}

function notFound(): JoineryApiError {
  return new JoineryApiError("RUN_NOT_FOUND", "nothing was simulated yet");
}
