import {
  accepted,
  discardRunDocument,
  JoineryApiError,
  releaseRunDocument,
  runDocument,
  runIdentityChangesDocument,
  runItemsDocument,
  runsDocument,
  startRunDocument,
  type JoineryClient,
  type RunDetailsFragment,
} from "@joinery/sdk";
import { setTimeout as delay } from "node:timers/promises";
import type { Command } from "commander";
import { applicationKeys, getApplication, getRun } from "../names.js";
import type { Act, Call } from "../call.js";
import { follow } from "../follow/follow.js";
import { limitFlag, secondsFlag } from "../input/flags.js";
import { confirm } from "../input/prompts.js";
import { listed, moreLine } from "../listed.js";
import type { Answer } from "../output/output.js";
import { identityChangeLines } from "../render/plan.js";
import { itemTable, runDetails, runTable } from "../render/run.js";

interface WatchFlags {
  readonly interval: number;
}
interface StartFlags {
  readonly changes?: boolean;
}
interface DecideFlags extends WatchFlags {
  readonly yes?: boolean;
  readonly follow?: boolean;
}

const intervalHelp = "how often to look";
const changesHelp = "read what changed since the last import; everything where that is not told";

export function addImport(program: Command, act: Act): void {
  program
    .command("import <application>")
    .description(
      "Starts a run of an application and follows it: import, inbound, outbound, export.",
    )
    .option("--changes", changesHelp)
    .option("--interval <seconds>", intervalHelp, secondsFlag, 1_000)
    .addHelpText(
      "after",
      `
Ctrl-C ends the following; the run goes on. A run that is held ends with exit code 5.

Examples:
  joinery import hr
  joinery import hr --json | tail -n 1`,
    )
    .action((key: string, flags: WatchFlags & StartFlags, command: Command) =>
      act(command, (call) => startAndFollow(call, key, flags)),
    );
}

export function addRun(program: Command, act: Act): void {
  const run = program
    .command("run")
    .description("Runs: start, show, list, watch, release, discard.");
  run
    .command("start <application>")
    .description("Starts a run and does not wait for it.")
    .option("--changes", changesHelp)
    .action((key: string, flags: StartFlags, command: Command) =>
      act(command, (call) => start(call, key, flags)),
    );
  run
    .command("show <run>")
    .description("A run, its waves, what holds it and what went wrong; `latest` for the newest.")
    .option("--items", "its planned changes too")
    .option("--changes", "what a held run would change in the vault, person by person")
    .option("--state <state>", "of the planned changes only these: open, done, failed, …")
    .option("--limit <n>", "how many changes at most", limitFlag, 50)
    .addHelpText(
      "after",
      `
Examples:
  joinery run show latest
  joinery run show latest --changes --limit 500
  joinery run show latest --items --state failed --json`,
    )
    .action((id: string, flags: ShowFlags, command: Command) =>
      act(command, (call) => show(call, id, flags)),
    );
  run
    .command("list")
    .description("Runs, newest first.")
    .option("--application <application>", "of one application only")
    .option("--limit <n>", "how many at most", limitFlag, 20)
    .action((flags: { application?: string; limit: number }, command: Command) =>
      act(command, (call) => list(call, flags)),
    );
  run
    .command("watch <run>")
    .description("Follows a run until it ends or is held; `latest` for the newest.")
    .option("--interval <seconds>", intervalHelp, secondsFlag, 1_000)
    .action((id: string, flags: WatchFlags, command: Command) =>
      act(command, (call) => watch(call, id, flags)),
    );
  addDecisions(run, act);
}

function addDecisions(run: Command, act: Act): void {
  run
    .command("release <run>")
    .description("Lets everything through that the run's guards hold.")
    .option("--yes", "without being asked")
    .option("--follow", "and follow it")
    .option("--interval <seconds>", intervalHelp, secondsFlag, 1_000)
    .action((id: string, flags: DecideFlags, command: Command) =>
      act(command, (call) => release(call, id, flags)),
    );
  run
    .command("discard <run>")
    .description("Gives up everything that the run's guards hold: nothing of it is written.")
    .option("--yes", "without being asked")
    .action((id: string, flags: DecideFlags, command: Command) =>
      act(command, (call) => discard(call, id, flags)),
    );
}

/** A watched application is looked at for moments, again and again: nobody's run fails for that. */
const lookMsMax = 30_000;
const retryMs = 300;

/** Throws RUN_OPEN, RUN_HELD with the run that is in the way. */
async function begin(client: JoineryClient, key: string, { changes = false }: StartFlags) {
  const { id: applicationId } = await getApplication(client, key);
  const giveUpAt = performance.now() + lookMsMax;
  for (;;) {
    const wanted = { applicationId, changesOnly: changes };
    const { startRun } = await client.request(startRunDocument, wanted);
    const { run, openRunId } = startRun;
    if (run === null && openRunId !== null) {
      if (performance.now() < giveUpAt && (await isLook(client, openRunId))) {
        await delay(retryMs);
        continue;
      }
      const [error] = startRun.errors;
      const message = `${error?.message ?? "a run is in the way"}: ${openRunId}`;
      throw new JoineryApiError(error?.code ?? "RUN_OPEN", message, { data: startRun });
    }
    accepted(startRun);
    if (run === null) throw new JoineryApiError("ANSWER_UNREADABLE", "neither a run nor a refusal");
    return run;
  }
}

/** One that a change in the system began, and that waits for nobody; it may be over by now. */
async function isLook(client: JoineryClient, id: string): Promise<boolean> {
  const { run } = await client.request(runDocument, { id });
  return run === null
    || (run.actorId === "applications" && run.reads === "changes" && run.state !== "held");
}

async function start(call: Call, key: string, flags: StartFlags): Promise<Answer> {
  const run = await begin(await call.client(), key, flags);
  return { document: { run }, lines: [`run ${run.id} is queued`] };
}

async function startAndFollow(call: Call, key: string, flags: WatchFlags & StartFlags) {
  const client = await call.client();
  const keyOf = await applicationKeys(client);
  const run = await begin(client, key, flags);
  call.output.note(`run ${run.id}`);
  return follow(call, client, run.id, { intervalMs: flags.interval, keyOf });
}

interface ShowFlags {
  readonly items?: boolean;
  readonly changes?: boolean;
  readonly state?: string;
  readonly limit: number;
}

async function show(call: Call, id: string, flags: ShowFlags): Promise<Answer> {
  const { items, changes, state, limit } = flags;
  const { style } = call.output;
  const client = await call.client();
  const keyOf = await applicationKeys(client);
  const run = await getRun(client, id);
  const lines = runDetails(run, keyOf, style);
  if (changes) return showChanges(call, client, run, limit);
  if (!items && state === undefined) return { document: { run }, lines };
  const { nodes, hasMore } = await listed(
    client,
    runItemsDocument,
    { id: run.id, ...(state ? { state } : {}) },
    (data) => data.run?.items,
    limit,
  );
  return {
    document: { run, items: nodes, hasMore },
    lines: [...lines, "", ...itemTable(nodes, keyOf, style), ...moreLine(hasMore)],
  };
}

/** What waits for a person before it changes the vault. */
async function showChanges(
  { output: { style } }: Call,
  client: JoineryClient,
  { id, state }: RunDetailsFragment,
  limit: number,
): Promise<Answer> {
  const { nodes, hasMore } = await listed(
    client,
    runIdentityChangesDocument,
    { id },
    (data) => data.run?.identityChanges,
    limit,
  );
  const lines = [...identityChangeLines(nodes, style), ...moreLine(hasMore)];
  return { document: { run: { id, state }, changes: nodes, hasMore }, lines };
}

async function list(
  call: Call,
  { application, limit }: { readonly application?: string; readonly limit: number },
): Promise<Answer> {
  const client = await call.client();
  const keyOf = await applicationKeys(client);
  const only = application ? { applicationId: (await getApplication(client, application)).id } : {};
  const { nodes, hasMore } = await listed(client, runsDocument, only, (data) => data.runs, limit);
  const lines = runTable(nodes, keyOf, call.output.style);
  return { document: { runs: nodes, hasMore }, lines: [...lines, ...moreLine(hasMore)] };
}

async function watch(call: Call, given: string, { interval }: WatchFlags) {
  const client = await call.client();
  const keyOf = await applicationKeys(client);
  const { id } = given === "latest" ? await getRun(client, given) : { id: given };
  return follow(call, client, id, { intervalMs: interval, keyOf });
}

async function release(call: Call, given: string, flags: DecideFlags) {
  const client = await call.client();
  const keyOf = await applicationKeys(client);
  const before = await getRun(client, given);
  if (before.state === "held") {
    for (const line of runDetails(before, keyOf, call.output.style)) call.output.note(line);
  }
  await confirm(call.surroundings, "Let through what is held?", flags.yes);
  const answer = await client.request(releaseRunDocument, { id: before.id });
  const { run } = accepted(answer.releaseRun);
  if (!flags.follow) return { document: { run }, lines: [`run ${before.id} goes on`] };
  return follow(call, client, before.id, { intervalMs: flags.interval, keyOf });
}

async function discard(call: Call, given: string, flags: DecideFlags): Promise<Answer> {
  const client = await call.client();
  const before = await getRun(client, given);
  await confirm(call.surroundings, `Give up what run ${before.id} holds?`, flags.yes);
  const answer = await client.request(discardRunDocument, { id: before.id });
  const { run } = accepted(answer.discardRun);
  return { document: { run }, lines: [`what run ${before.id} held is given up`] };
}
