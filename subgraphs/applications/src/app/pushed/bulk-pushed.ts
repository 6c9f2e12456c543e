import type { ScimReply, ScimRequest } from "@joinery/kit";
import {
  bulkResponse, errorBody, isObject, orderOf, parseBulk, patchUrn, referencesOf, ScimError,
  withIds, withoutOpenMembers, type BulkOperation, type BulkResult, type JsonObject,
} from "@joinery/scim";

/** Answers one operation as if it had come alone. */
type Perform = (
  request: Pick<ScimRequest, "method" | "path" | "query" | "body"> & { readonly ifMatch?: string },
) => Promise<ScimReply>;

/** Members of a group that had no id yet when the group was made. */
interface Open {
  /** Of the operation that made it. */
  readonly at: number;
  readonly path: string;
  readonly members: readonly unknown[];
}

/**
 * RFC 7644 §3.7: each operation alone, those first that others name; of a circle of groups the
 * missing members are added at the end. Stops at `failOnErrors`; what was done stays done. Throws
 * invalidSyntax, invalidValue, 413.
 */
export async function bulkPushed(body: unknown, perform: Perform): Promise<ScimReply> {
  const { failOnErrors, operations } = parseBulk(body);
  const ids = new Map<string, string>();
  const results = new Map<number, BulkResult>();
  const open: Open[] = [];
  let errors = 0;
  for (const at of orderOf(operations)) {
    if (failOnErrors !== null && errors >= failOnErrors) break;
    const operation = operations[at] as BulkOperation;
    const { operation: ready, members } = withoutOpenMembers(withIds(operation, ids));
    const answered = referencesOf(ready).length > 0
      ? refused("the operation names one that was not done")
      : await perform(toRequest(ready));
    const id = idOf(answered);
    if (answered.status >= 400) errors += 1;
    else if (operation.bulkId !== null && id !== null) ids.set(operation.bulkId, id);
    if (members.length > 0 && id !== null) open.push({ at, path: `${ready.path}/${id}`, members });
    results.set(at, toResult(operation, answered));
  }
  for (const each of open) {
    const added = await addOpen(each, ids, perform);
    const made = results.get(each.at);
    if (added.status < 400 || made === undefined) continue;
    results.set(each.at, { ...made, status: added.status, response: added.body as JsonObject });
  }
  const inOrder = [...results].toSorted(([a], [b]) => a - b).map(([, result]) => result);
  return { status: 200, headers: {}, body: bulkResponse(inOrder) };
}

/** Members of a circle; that one never got an id is an error of the group's operation. */
async function addOpen(
  { path, members }: Open,
  ids: ReadonlyMap<string, string>,
  perform: Perform,
): Promise<ScimReply> {
  const operation = {
    method: "PATCH" as const, bulkId: null, path, version: null,
    data: { schemas: [patchUrn], Operations: [{ op: "add", path: "members", value: members }] },
  };
  const ready = withIds(operation, ids);
  if (referencesOf(ready).length > 0) return refused("a member was not made");
  return perform(toRequest(ready));
}

function toRequest({ method, path, data, version }: BulkOperation): Parameters<Perform>[0] {
  return {
    method, path, query: {}, body: data, ...(version === null ? {} : { ifMatch: version }),
  };
}

function refused(detail: string): ScimReply {
  const error = new ScimError(409, detail);
  return { status: error.status, headers: {}, body: errorBody(error) };
}

function idOf({ status, body }: ScimReply): string | null {
  return status === 201 && isObject(body) ? String(body["id"]) : null;
}

function toResult(operation: BulkOperation, { status, headers, body }: ScimReply): BulkResult {
  const { method, bulkId } = operation;
  return {
    method, bulkId, status,
    location: headers["location"] ?? null,
    version: headers["etag"] ?? null,
    ...(status >= 400 ? { response: body as JsonObject } : {}),
  };
}
