import { fromCursor, JoineryError, pageSize, permit } from "@joinery/kit";
import type { Breach } from "../../domain/run.js";
import type { ItemView, PatternView } from "../../domain/views.js";
import { isUuid } from "../../persistence/uuid.js";
import { hashesMax, type PlanScope, type Selection } from "../plan-ports.js";
import type { Caller, Deps, Tx } from "../ports.js";
import type { PageOf } from "../read-views.js";
import { selectedRoot } from "./selected-root.js";

const digestHex = /^[0-9a-f]{32}$/;
const hashHex = /^[0-9a-f]{64}$/;
/** Patterns that are shown of one plan. */
export const patternsMax = 200;

/** Bytes of a pattern's digest. Throws ID_INVALID for anything but 32 hexadecimal characters. */
export function patternBytes(digest: string): Buffer {
  if (!digestHex.test(digest)) throw new JoineryError("ID_INVALID", "a pattern has 32 hex digits");
  return Buffer.from(digest, "hex");
}

/** Bytes of an item's hash or of a root. Throws ID_INVALID for anything but 64 of them. */
export function hashBytes(hash: string): Buffer {
  if (!hashHex.test(hash)) throw new JoineryError("ID_INVALID", "a hash has 64 hex digits");
  return Buffer.from(hash, "hex");
}

function reading<T>(deps: Deps, by: Caller, work: (tx: Tx) => Promise<T>): Promise<T> {
  const { tenant } = permit(by.actor, "run:read");
  return deps.within(tenant, work);
}

/** How much of an application waits for approval, and since when. */
export function countPlan(deps: Deps, by: Caller, applicationId: string) {
  return reading(deps, by, (tx) => deps.plans.count(tx, applicationId));
}

/** Root digest of what waits for approval, of one pattern or of all, hex. */
export function readRoot(deps: Deps, by: Caller, selection: Selection): Promise<string> {
  return reading(deps, by, async (tx) =>
    (await selectedRoot(deps, tx, selection)).root.toString("hex"));
}

/** What the guard would have held it for, if people did not sign it off. */
export function listBreaches(
  deps: Deps,
  by: Caller,
  applicationId: string,
): Promise<readonly Breach[]> {
  return reading(deps, by, (tx) => deps.plans.breaches(tx, applicationId));
}

/** What the items of a run, or those that wait for approval, have in common. */
export function listPatterns(
  deps: Deps,
  by: Caller,
  scope: PlanScope,
  first: number,
): Promise<readonly PatternView[]> {
  return reading(deps, by, (tx) =>
    deps.plans.patterns(tx, scope, Math.min(pageSize(first), patternsMax)));
}

export interface PlanFilter {
  readonly applicationId: string;
  readonly operation?: string;
  readonly class?: string;
  readonly attribute?: string;
  /** Hex. */
  readonly pattern?: string;
  /** Hex, up to 1,000. */
  readonly hashes?: readonly string[];
}

/** What waits for approval in an application, in order of planning. */
export function listProposed(
  deps: Deps,
  by: Caller,
  { applicationId, pattern, hashes, ...filter }: PlanFilter,
  page: PageOf,
): Promise<ItemView[]> {
  if (!isUuid(applicationId)) throw new JoineryError("ID_INVALID", "an id is a UUID");
  if (hashes !== undefined && hashes.length > hashesMax) {
    throw new JoineryError("ID_INVALID", `up to ${hashesMax} hashes may be named`);
  }
  const selection = {
    applicationId,
    ...(pattern === undefined ? {} : { pattern: patternBytes(pattern) }),
    ...(hashes === undefined ? {} : { hashes: hashes.map(hashBytes) }),
  };
  const after = page.after === null ? null : String(fromCursor(page.after, 1)[0]);
  return reading(deps, by, (tx) =>
    deps.plans.page(tx, selection, filter, pageSize(page.first), after));
}
