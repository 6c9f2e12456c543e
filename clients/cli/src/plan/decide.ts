import {
  accepted,
  approvePlanDocument,
  JoineryApiError,
  planPatternDocument,
  planPatternRootDocument,
  rejectPlanDocument,
  type JoineryClient,
  type PlanDecisionInput,
} from "@joinery/sdk";
import type { Call } from "../call.js";
import { CliError, exitCodes } from "../failure.js";
import { confirm } from "../input/prompts.js";
import { getApplication, type Application } from "../names.js";
import type { Answer } from "../output/output.js";
import { printable } from "../output/printable.js";
import { counted, shownCount } from "../output/words.js";
import { decisionLines, patternLines, planLines, proposedLines } from "../render/plan.js";
import { isFourEyes, listProposed, readPlan, readRoot } from "./show.js";

export type Verb = "approve" | "reject";

export interface DecideFlags {
  readonly pattern?: string;
  readonly item?: readonly string[];
  readonly yes?: boolean;
}

/** What a person looked at, and what is sent for it: just that. */
interface Meant {
  readonly input: PlanDecisionInput;
  readonly count: number;
  readonly lines: readonly string[];
}

/**
 * Shows what is meant, asks, and decides about just that. Throws PLAN_EMPTY where nothing such
 * waits, and PLAN_MOVED where it is something else by the time of the answer.
 */
export async function decidePlan(
  call: Call,
  verb: Verb,
  keyOrId: string,
  flags: DecideFlags,
): Promise<Answer> {
  const client = await call.client();
  const head = await getApplication(client, keyOrId);
  const meant = await meantBy(call, client, head, flags);
  for (const line of meant.lines) call.output.note(line);
  const many = counted(meant.count, "change");
  const name = printable(head.key);
  const question = verb === "approve" ? `Let ${many} leave to ${name}?` : `Give up ${many}?`;
  await confirm(call.surroundings, question, flags.yes);
  const outcome = await send(client, verb, head, meant.input);
  const { items, pending, unknown } = outcome;
  return {
    document: { application: { id: head.id, key: head.key }, items, pending, unknown },
    lines: decisionLines(outcome, verb),
    exitCode: items + pending > 0 ? exitCodes.done : exitCodes.failed,
  };
}

function meantBy(
  call: Call,
  client: JoineryClient,
  head: Application,
  { pattern, item }: DecideFlags,
): Promise<Meant> {
  if (item !== undefined) return theseItems(call, client, head, item);
  return pattern === undefined
    ? wholePlan(call, client, head)
    : onePattern(call, client, head, pattern);
}

const patternsShown = 20;

async function wholePlan(
  { output: { style } }: Call,
  client: JoineryClient,
  application: Application,
): Promise<Meant> {
  const { id, key } = application;
  const root = await readRoot(client, id);
  const plan = await readPlan(client, id, patternsShown);
  if (plan.count === 0) throw nothing();
  const told = plan.patterns.reduce((sum, { items }) => sum + items, 0);
  const rest = plan.count - told;
  return {
    input: { applicationId: id, root },
    count: plan.count,
    lines: [
      ...planLines({ key, plan, isFourEyes: isFourEyes(application) }, style),
      ...(rest > 0 ? ["", `… and ${shownCount(rest)} of other patterns`] : []),
      "",
      `root ${root}`,
    ],
  };
}

async function onePattern(
  { output: { style } }: Call,
  client: JoineryClient,
  { id }: Application,
  digest: string,
): Promise<Meant> {
  const which = { applicationId: id, digest };
  // The root first: see readPlan.
  const first = await client.request(planPatternRootDocument, which);
  const then = await client.request(planPatternDocument, which);
  const root = first.application?.plan.pattern?.root;
  const pattern = then.application?.plan.pattern;
  if (root === undefined || !pattern) throw nothing();
  return {
    input: { applicationId: id, pattern: digest, root },
    count: pattern.items,
    lines: [...patternLines(pattern, style), "", `root ${root}`],
  };
}

const hashesMax = 1_000;
const itemsShown = 50;

async function theseItems(
  { output: { style } }: Call,
  client: JoineryClient,
  { id }: Application,
  given: readonly string[],
): Promise<Meant> {
  const hashes = [...new Set(given)];
  if (hashes.length > hashesMax) {
    throw new CliError("USAGE_INVALID", `up to ${hashesMax} hashes may be named`, {
      exitCode: exitCodes.usage,
    });
  }
  const { nodes } = await listProposed(client, { applicationId: id, hashes }, hashesMax);
  if (nodes.length === 0) throw nothing();
  const rest = nodes.length - itemsShown;
  return {
    input: { applicationId: id, hashes },
    count: nodes.length,
    lines: [
      ...proposedLines(nodes.slice(0, itemsShown), (actor) => actor, style),
      ...(rest > 0 ? [`… and ${shownCount(rest)} more`] : []),
    ],
  };
}

async function send(
  client: JoineryClient,
  verb: Verb,
  { key }: Application,
  input: PlanDecisionInput,
) {
  const answer = verb === "approve"
    ? (await client.request(approvePlanDocument, { input })).approvePlan
    : (await client.request(rejectPlanDocument, { input })).rejectPlan;
  const moved = answer.errors.find(({ code }) => code === "PLAN_MOVED");
  if (moved === undefined) return accepted(answer);
  throw new CliError(moved.code, moved.message, {
    details: ["nothing was decided", `as it is now: joinery plan show ${printable(key)}`],
  });
}

function nothing(): JoineryApiError {
  return new JoineryApiError("PLAN_EMPTY", "nothing such waits for approval");
}
