import {
  checkRuleSetDocument,
  createRuleSetDocument,
  JoineryApiError,
  publishRuleSetDocument,
  ruleSetDocument,
  ruleSetsDocument,
  type JoineryClient,
  type RuleSetSummaryFragment,
} from "@joinery/sdk";
import { setTimeout as delay } from "node:timers/promises";
import type { Command } from "commander";
import type { Act, Call } from "../call.js";
import { CliError, exitCodes } from "../failure.js";
import { limitFlag, secondsFlag } from "../input/flags.js";
import { readJsonFile } from "../input/json-file.js";
import { listed, moreLine } from "../listed.js";
import type { Answer } from "../output/output.js";
import { printableJson } from "../output/printable.js";
import { problemLines, ruleSetDetails, ruleSetTable, type RuleProblem } from "../render/rules.js";

interface PublishFlags {
  readonly note: string;
  readonly wait: number | false;
}

const lookEveryMs = 250;
/** So long rules may not have heard yet of an application that was just added. */
const newsMs = 3_000;
const mayBeNews = new Set(["RULE_UNKNOWN_APPLICATION", "RULE_UNKNOWN_KIND"]);

export function addRules(program: Command, act: Act): void {
  const rules = program
    .command("rules")
    .description("The rule set: check, create, publish, show, list.");
  rules
    .command("check <file>")
    .description("All problems of a rule set in a JSON file; exit code 1 when there are any.")
    .action((file: string, _flags: object, command: Command) =>
      act(command, (call) => check(call, file)),
    );
  rules
    .command("create <file>")
    .description("Keeps a rule set as the next version, a draft.")
    .option("--note <text>", "what it changes", "")
    .action((file: string, flags: { note: string }, command: Command) =>
      act(command, (call) => create(call, file, flags.note)),
    );
  rules
    .command("publish <version|file>")
    .description("Publishes a draft, or a file as the next version, and waits until it is active.")
    .option("--note <text>", "what the file changes", "")
    .option("--wait <seconds>", "how long to wait until it is active", secondsFlag, 60_000)
    .option("--no-wait", "do not wait")
    .addHelpText(
      "after",
      `
Examples:
  joinery rules check rules.json && joinery rules publish rules.json --note "mail for contractors"
  joinery rules publish 7`,
    )
    .action((what: string, flags: PublishFlags, command: Command) =>
      act(command, (call) => publish(call, what, flags)),
    );
  rules
    .command("show [version]")
    .description("One version with its body; the active one when left out.")
    .action((version: string | undefined, _flags: object, command: Command) =>
      act(command, (call) => show(call, version)),
    );
  rules
    .command("list")
    .description("Versions, newest first.")
    .option("--limit <n>", "how many at most", limitFlag, 20)
    .action((flags: { limit: number }, command: Command) =>
      act(command, (call) => list(call, flags.limit)),
    );
}

async function check(call: Call, file: string): Promise<Answer> {
  const body = await readJsonFile(file);
  const client = await call.client();
  const problems = await onceHeardOf(call, async () =>
    (await client.request(checkRuleSetDocument, { body })).checkRuleSet, (found) => found);
  const isGood = problems.length === 0;
  return {
    document: { valid: isGood, problems },
    lines: isGood ? [call.output.style.good("no problems")] : problemLines(problems),
    exitCode: isGood ? exitCodes.done : exitCodes.failed,
  };
}

async function create(call: Call, file: string, note: string): Promise<Answer> {
  const ruleSet = await createFrom(call, file, note);
  return { document: { ruleSet }, lines: [`version ${ruleSet.version} is a draft`] };
}

async function publish(call: Call, what: string, { note, wait }: PublishFlags): Promise<Answer> {
  const client = await call.client();
  const isVersion = /^\d+$/.test(what);
  const version = isVersion ? Number(what) : (await createFrom(call, what, note)).version;
  const { publishRuleSet: payload } = await client.request(publishRuleSetDocument, { version });
  const published = outcome(payload);
  const isDone = wait === false || published.state === "active";
  const ruleSet = isDone ? published : await untilActive(call, client, version, wait);
  return { document: { ruleSet }, lines: [`version ${version} is ${ruleSet.state}`] };
}

async function show(call: Call, given: string | undefined): Promise<Answer> {
  const version = given === undefined ? undefined : versionOf(given);
  const client = await call.client();
  const variables = version === undefined ? {} : { version };
  const { ruleSet } = await client.request(ruleSetDocument, variables);
  if (ruleSet === null) {
    const which =
      given === undefined ? "no rule set is active yet" : `there is no version ${given}`;
    throw new JoineryApiError("RULE_SET_NOT_FOUND", which);
  }
  const { body, ...summary } = ruleSet;
  const lines = [...ruleSetDetails(summary, call.output.style), "", printableJson(body, 2)];
  return { document: { ruleSet }, lines };
}

async function list(call: Call, limit: number): Promise<Answer> {
  const { nodes, hasMore } = await listed(
    await call.client(),
    ruleSetsDocument,
    {},
    (data) => data.ruleSets,
    limit,
  );
  const lines = ruleSetTable(nodes, call.output.style);
  return { document: { ruleSets: nodes, hasMore }, lines: [...lines, ...moreLine(hasMore)] };
}

async function createFrom(call: Call, file: string, note: string) {
  const body = await readJsonFile(file);
  const client = await call.client();
  const created = await onceHeardOf(call, async () =>
    (await client.request(createRuleSetDocument, { input: { body, note } })).createRuleSet,
  ({ problems }) => problems);
  return outcome(created);
}

/** Asks again for a moment while all that is wrong is that an application is not known yet. */
async function onceHeardOf<T>(
  { surroundings: { interrupted } }: Call,
  ask: () => Promise<T>,
  problemsOf: (answer: T) => readonly RuleProblem[],
): Promise<T> {
  const giveUpAt = performance.now() + newsMs;
  for (;;) {
    const answer = await ask();
    const problems = problemsOf(answer);
    const isNews = problems.length > 0 && problems.every(({ code }) => mayBeNews.has(code));
    if (!isNews || performance.now() > giveUpAt) return answer;
    await delay(lookEveryMs, undefined, { signal: interrupted });
  }
}

/** Vault and applications take a published version within moments; then runs use it. */
async function untilActive(
  { surroundings: { interrupted } }: Call,
  client: JoineryClient,
  version: number,
  waitMs: number,
): Promise<RuleSetSummaryFragment> {
  const giveUpAt = performance.now() + waitMs;
  for (;;) {
    const { ruleSet } = await client.request(ruleSetDocument, { version });
    if (ruleSet !== null && ruleSet.state !== "draft" && ruleSet.state !== "published") {
      const { body: _body, ...summary } = ruleSet;
      return summary;
    }
    if (performance.now() > giveUpAt) {
      const message = `version ${version} is published and not active after ${waitMs / 1_000} s`;
      throw new CliError("RULE_SET_NOT_ACTIVE", message, {
        details: ["vault and applications take it as soon as they run: joinery doctor"],
      });
    }
    await delay(lookEveryMs, undefined, { signal: interrupted });
  }
}

/** Throws the refusal with every problem of the rule set. */
function outcome(payload: {
  readonly ruleSet: RuleSetSummaryFragment | null;
  readonly errors: readonly { readonly code: string; readonly message: string }[];
  readonly problems: readonly RuleProblem[];
}): RuleSetSummaryFragment {
  const [first] = payload.errors;
  if (payload.ruleSet !== null) return payload.ruleSet;
  if (!first) throw new JoineryApiError("ANSWER_UNREADABLE", "neither a rule set nor a refusal");
  throw new CliError(first.code, first.message, { details: problemLines(payload.problems) });
}

function versionOf(given: string): number {
  if (/^\d+$/.test(given)) return Number(given);
  throw new CliError("USAGE_INVALID", `${given} is no version`, { exitCode: exitCodes.usage });
}
