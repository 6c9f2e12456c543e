import {
  planDocument,
  planItemsDocument,
  planRootDocument,
  type JoineryClient,
  type PlanItemsQueryVariables,
  type PlanQuery,
} from "@joinery/sdk";
import type { Call } from "../call.js";
import { listed, moreLine } from "../listed.js";
import { allNames, applicationNotFound, getApplication, type Application } from "../names.js";
import type { Answer } from "../output/output.js";
import { printable } from "../output/printable.js";
import { counted } from "../output/words.js";
import { planLines, proposedLines } from "../render/plan.js";

/** What all of a plan comes to. Throws APPLICATION_NOT_FOUND. */
export async function readRoot(client: JoineryClient, applicationId: string): Promise<string> {
  const { application } = await client.request(planRootDocument, { applicationId });
  if (application === null) throw applicationNotFound();
  return application.plan.root;
}

/** Whether two people have to approve. */
export function isFourEyes({ exportPolicy }: Application): boolean {
  return exportPolicy["fourEyes"] === true;
}

/**
 * What waits, with up to so many patterns. Read after the root: whatever came between is then not
 * what the root stands for, and no approval of it.
 */
export async function readPlan(
  client: JoineryClient,
  applicationId: string,
  patterns: number,
): Promise<NonNullable<PlanQuery["application"]>["plan"]> {
  const { application } = await client.request(planDocument, { applicationId, first: patterns });
  if (application === null) throw applicationNotFound();
  return application.plan;
}

const patternsMax = 200;

export async function showPlan(call: Call, keyOrId: string, limit: number): Promise<Answer> {
  const client = await call.client();
  const application = await getApplication(client, keyOrId);
  const { id, key } = application;
  const root = await readRoot(client, id);
  const first = Math.min(limit, patternsMax);
  const plan = await readPlan(client, id, first);
  const told = plan.patterns.reduce((sum, { items }) => sum + items, 0);
  const rest = plan.count - told;
  const name = printable(key);
  return {
    document: { application: { id, key }, plan: { root, ...plan } },
    lines: [
      ...planLines({ key, plan, isFourEyes: isFourEyes(application) }, call.output.style),
      ...(rest > 0 ? ["", `… and ${counted(rest, "change")} of other patterns: say --limit`] : []),
      ...(plan.count > 0
        ? [
            "",
            `look at each:    joinery plan items ${name}`,
            `approve all:     joinery plan approve ${name}`,
            `or one pattern:  joinery plan approve ${name} --pattern <digest>`,
          ]
        : []),
    ],
  };
}

export interface ItemFlags {
  readonly operation?: string;
  readonly class?: string;
  readonly attribute?: string;
  readonly pattern?: string;
  readonly limit: number;
}

export async function listPlan(
  call: Call,
  keyOrId: string,
  { limit, ...filter }: ItemFlags,
): Promise<Answer> {
  const client = await call.client();
  const { id, key } = await getApplication(client, keyOrId);
  const { nodes, hasMore } = await listProposed(client, { applicationId: id, ...filter }, limit);
  const { operator } = await allNames(client);
  const lines = nodes.length === 0
    ? [`nothing such of ${printable(key)} waits for approval`]
    : proposedLines(nodes, operator, call.output.style);
  return {
    document: { application: { id, key }, items: nodes, hasMore },
    lines: [...lines, ...moreLine(hasMore)],
  };
}

/** Changes that wait, up to so many. */
export function listProposed(
  client: JoineryClient,
  variables: PlanItemsQueryVariables,
  limit: number,
) {
  return listed(
    client,
    planItemsDocument,
    variables,
    (data) => data.application?.plan.items,
    limit,
  );
}
