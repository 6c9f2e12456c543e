import {
  accepted,
  pushAccountsDocument,
  pushDeletionsDocument,
  type JoineryClient,
  type PushOutcomeFragment,
} from "@joinery/sdk";
import { Option, type Command } from "commander";
import type { Act, Call } from "../call.js";
import { CliError, exitCodes } from "../failure.js";
import { batchFlag } from "../input/flags.js";
import type { Answer } from "../output/output.js";
import { printable } from "../output/printable.js";
import { batchesOf } from "../push/push-batches.js";
import { formatOf, pushFormats, readPushFile, type PushFormat } from "../push/push-file.js";
import type { PushLine } from "../push/push-line.js";

interface PushFlags {
  readonly format?: PushFormat;
  readonly kind: string;
  readonly delete?: boolean;
  readonly batch: number;
}

export function addPush(program: Command, act: Act): void {
  program
    .command("push <file>")
    .description("Pushes accounts and groups of a file into the application of a client.")
    .addOption(new Option("--format <format>", "else by the file's name").choices(pushFormats))
    .addOption(
      new Option("--kind <kind>", "of objects that do not say theirs")
        .choices(["user", "group"])
        .default("user"),
    )
    .option("--delete", "deletes the objects of the file instead")
    .option("--batch <n>", "how many in one call, 1 to 1,000", batchFlag, 500)
    .addHelpText(
      "after",
      `
The token is that of a client (joinery client add), in JOINERY_TOKEN. An object is found by the
external id that you gave it; pushed again it is as it is, so a push that broke off is simply
repeated. What is left out of an object is cleared; who is left out of the file stays.

A file of JSON lines, one object in each:
  {"externalId": "7", "attributes": {"userName": "ada", "name": {"givenName": "Ada"}}}
  {"externalId": "g1", "kind": "group", "attributes": {"displayName": "All"}, "members": ["7"]}
or CSV, whose columns are externalId, kind, version, members (of groups, | between) and attributes:
  externalId,userName,name.givenName,"emails[type eq ""work""].value"

Examples:
  JOINERY_TOKEN=jnc_… joinery push people.csv --json
  JOINERY_TOKEN=jnc_… joinery push leavers.jsonl --delete`,
    )
    .action((file: string, flags: PushFlags, command: Command) =>
      act(command, (call) => push(call, file, flags)),
    );
}

/** Refusals that are listed; all are counted. */
const listedMax = 1_000;

interface Refused {
  readonly line: number;
  readonly externalId: string;
  readonly kind: string;
  readonly code: string;
  readonly message: string;
}

async function push(call: Call, file: string, flags: PushFlags): Promise<Answer> {
  const { config, interrupted } = call.surroundings;
  if (!config.token?.startsWith("jnc_")) {
    const message = "pushing needs the token of a client in JOINERY_TOKEN";
    throw new CliError("CLIENT_TOKEN_MISSING", message, {
      exitCode: exitCodes.signedOut,
      details: ["make one with: joinery client add <name> --application <key>"],
    });
  }
  const client = await call.client();
  const counts = new Map<string, number>();
  const refused: Refused[] = [];
  const lines = readPushFile(file, flags.format ?? formatOf(file), flags.kind, interrupted);
  let read = 0;
  for await (const batch of batchesOf(lines, flags.batch)) {
    const { results } = await send(client, batch, flags.delete === true);
    for (const [at, { outcome, externalId, kind, error }] of results.entries()) {
      counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
      if (error === null) continue;
      const line = batch[at]?.line ?? 0;
      if (refused.length < listedMax) refused.push({ line, externalId, kind, ...error });
      call.output.note(`line ${line}: ${error.code}: ${printable(error.message)}`);
    }
    read += batch.length;
    call.output.note(`${read} pushed`);
  }
  return told(read, counts, refused);
}

async function send(
  client: JoineryClient,
  batch: readonly PushLine[],
  isDeletion: boolean,
): Promise<PushOutcomeFragment> {
  const accounts = batch.map(({ account }) => account);
  if (!isDeletion) {
    const answer = await client.request(pushAccountsDocument, { input: { accounts } });
    return accepted(answer.pushAccounts);
  }
  const named = accounts.map(({ externalId, kind, version }) => ({ externalId, kind, version }));
  const answer = await client.request(pushDeletionsDocument, { input: { accounts: named } });
  return accepted(answer.pushDeletions);
}

const outcomes = ["created", "updated", "unchanged", "deleted", "absent", "refused"] as const;

function told(
  read: number,
  counts: ReadonlyMap<string, number>,
  refusals: readonly Refused[],
): Answer {
  const counted = Object.fromEntries(outcomes.map((each) => [each, counts.get(each) ?? 0]));
  const said = outcomes
    .filter((each) => counts.has(each))
    .map((each) => `${counts.get(each)} ${each}`);
  return {
    document: { read, ...counted, refusals },
    lines: [read === 0 ? "the file holds nothing" : said.join(", ")],
    exitCode: counts.has("refused") ? exitCodes.failed : exitCodes.done,
  };
}
