import type { ConnectorObject, ConnectorWrite, WriteResult } from "@joinery/connectors";
import type { AccountChange } from "@joinery/events";
import { assert } from "@joinery/kit";
import { contentProblem, type ContentReader } from "../../domain/content.js";
import { withCorrections } from "../../domain/contradiction.js";
import { backoffMs, exportPolicyDefault } from "../../domain/export-policy.js";
import type { QueuedItem } from "../../domain/export-write.js";
import { nameKey } from "../../domain/name-key.js";
import { hasNextName } from "../../domain/next-name.js";
import { beforeOf } from "../imports/import-events.js";
import type { Refused, Retry, WrittenAccount, WrittenMembers } from "../export-ports.js";
import type { ExportWork } from "./export-work.js";
import type { Departing } from "./take-items.js";

/** Answers of one batch, sorted by what they mean. */
export interface Settlement {
  readonly written: WrittenAccount[];
  readonly gone: { readonly id: string; readonly revision: number }[];
  readonly members: WrittenMembers[];
  readonly done: string[];
  readonly failed: (Refused & { readonly object: string })[];
  readonly retried: Retry[];
  readonly stale: Refused[];
  /** Planned accounts that the system refused to make. */
  readonly withdrawn: string[];
  readonly told: AccountChange[];
  /** Whose name was taken by somebody else, and who may be tried under another. */
  readonly renamed: string[];
  /** The whole system refused with one of the answers. */
  stop: Refused | null;
}

/**
 * Codes after which the account is not what we think: it is planned again from what is read next.
 */
const movedCodes = new Set(["OBJECT_CHANGED", "OBJECT_GONE"]);

type Failure = Extract<WriteResult, { ok: false }>;

/**
 * Sorts the answers. `holders` says who has an anchor already: a create that found somebody else's
 * account, or one that stood before we ever tried, is refused; it is nobody's to take over.
 */
export function sortAnswers(
  work: ExportWork,
  { items, writes }: Departing,
  results: readonly WriteResult[],
  holders: ReadonlyMap<string, string>,
  readers: Readonly<Record<"user" | "group", ContentReader>>,
): Settlement {
  const settled: Settlement = {
    written: [], gone: [], members: [], done: [], failed: [], retried: [], stale: [],
    withdrawn: [], told: [], renamed: [], stop: null,
  };
  const answers = new Map(results.map((result) => [result.id, result]));
  for (const write of writes) {
    const item = items.get(write.id);
    assert(item !== undefined, "every write has its item");
    const result = answers.get(write.id) ?? unanswered(item.id);
    if (!result.ok) refuse(work, item, result, settled);
    else if (write.operation === "members") takeMembers(work, item, write, settled);
    else if (write.operation === "delete") takeGone(item, settled);
    else if (isForeign(item, result, holders)) refuse(work, item, taken(item.id), settled);
    else takeObject(work, item, result.object, readers[item.kind], settled);
  }
  return settled;
}

/** The connector came back without a word about this one: sent again, after a while. */
function unanswered(id: string): Failure {
  const reason = "the connector did not answer for this write";
  return { id, ok: false, kind: "retry", code: "CONNECTOR_TIMEOUT", reason };
}

function taken(id: string): Failure {
  const reason = "there is an account of this name already, and it is not the one planned";
  return { id, ok: false, kind: "skip", code: "OBJECT_EXISTS", reason };
}

function isForeign(
  item: QueuedItem,
  result: Extract<WriteResult, { ok: true }>,
  holders: ReadonlyMap<string, string>,
): boolean {
  if (result.object === undefined) return false;
  const holder = holders.get(`${result.object.kind} ${result.object.anchor}`);
  if (holder !== undefined && holder !== item.accountId) return true;
  return item.operation === "create" && result.already === true && item.attempts === 0;
}

function takeObject(
  { deps }: ExportWork,
  item: QueuedItem,
  object: ConnectorObject | undefined,
  reader: ContentReader,
  settled: Settlement,
): void {
  assert(object !== undefined, "a create or update answers with the object as it is");
  const content = reader.read(object);
  const problem = contentProblem(object, content);
  if (problem !== null) {
    settled.failed.push({ id: item.id, object: item.account.name, ...problem });
    return;
  }
  const { account } = item;
  const isUpdate = item.operation === "update";
  const written = reader.attributes(object);
  settled.written.push({
    id: item.accountId,
    revision: account.revision,
    anchor: object.anchor,
    name: object.name,
    nameKey: nameKey(object.name),
    attributes: JSON.stringify(written),
    enabled: object.enabled ?? null,
    hash: Buffer.from(content.digest, "latin1").toString("hex", 0, 16),
    corrections: isUpdate ? withCorrections(account.corrections, item, deps.clock()) : null,
  });
  settled.done.push(item.id);
  const attributes = written as AccountChange["attributes"];
  const enabled = object.enabled ?? null;
  settled.told.push({
    ...toldBase(item),
    anchor: object.anchor,
    name: object.name,
    attributes,
    ...(object.enabled === undefined ? {} : { enabled: object.enabled }),
    state: "present",
    before: isUpdate ? beforeOf(account, { attributes, enabled }) : null,
  });
}

function takeGone(item: QueuedItem, settled: Settlement): void {
  settled.gone.push({ id: item.accountId, revision: item.account.revision });
  settled.done.push(item.id);
  settled.told.push({
    ...toldBase(item),
    anchor: item.account.anchor ?? item.accountId,
    name: item.account.name,
    attributes: {},
    state: "gone",
    before: item.account.attributes as NonNullable<AccountChange["before"]>,
  });
}

function toldBase(item: QueuedItem) {
  return {
    id: item.accountId,
    kind: item.kind,
    revision: item.account.revision + 1,
    ...(item.identityId === null ? {} : { identityId: item.identityId }),
    because: [...item.because],
  };
}

/**
 * Members are told by the next import that finds them otherwise; here only our own record changes.
 */
function takeMembers(
  { application }: ExportWork,
  item: QueuedItem,
  write: Extract<ConnectorWrite, { operation: "members" }>,
  settled: Settlement,
): void {
  const ids = (item.after["add"] ?? []) as readonly string[];
  settled.members.push({
    itemId: item.id,
    group: item.accountId,
    applicationId: application.id,
    added: write.add.map((member, at) => ({
      member, memberKey: nameKey(member), memberAccount: ids[at] ?? null,
    })),
    removed: write.remove,
  });
  settled.done.push(item.id);
}

function refuse(
  { deps, application }: ExportWork,
  item: QueuedItem,
  result: Failure,
  settled: Settlement,
): void {
  const { code, reason, kind, retryAfterMs } = result;
  const refused = { id: item.id, code, reason };
  const policy = application.exportPolicy;
  const attempts = item.attempts + 1;
  const isLast = attempts >= (policy.attemptsMax ?? exportPolicyDefault.attemptsMax);
  if (kind === "stop") {
    settled.stop ??= refused;
    settled.retried.push({ ...refused, inMs: 0 });
  } else if (kind === "retry" && !isLast) {
    const inMs = backoffMs(policy, attempts, deps.chance(), retryAfterMs);
    settled.retried.push({ ...refused, inMs });
  } else if (movedCodes.has(code)) {
    settled.stale.push(refused);
  } else {
    const isRenamed = item.identityId !== null && hasNextName(item, result);
    if (isRenamed) settled.renamed.push(item.identityId);
    const more = isRenamed ? "; it is planned again by its next name" : "";
    settled.failed.push({ ...refused, reason: `${reason}${more}`, object: item.account.name });
    // Who gave no final answer may have made it all the same: then the next import finds it.
    if (item.operation === "create" && kind === "skip") settled.withdrawn.push(item.accountId);
  }
}
