import type { ScimReply } from "@joinery/kit";
import {
  isKnown, listResponse, type Condition, type ListQuery, type Projection, type ScimResourceType,
} from "@joinery/scim";
import { fromScimCursor, toScimCursor } from "../../domain/scim-cursor.js";
import type { PushedRow } from "../pushed-ports.js";
import { placeOf, reply, shown, there, type OpenCall } from "./push-call.js";

/** RFC 7644 §3.4.1. Throws 404. */
export async function getPushed(
  call: OpenCall,
  input: {
    readonly type: ScimResourceType;
    readonly id: string;
    readonly ifNoneMatch: Condition;
    readonly projection: Projection;
  },
): Promise<ScimReply> {
  const object = there(await call.deps.pushed.find(call.tx, placeOf(call, input.type), input.id));
  if (isKnown(input.ifNoneMatch, object.version)) return reply(304, call, object, null);
  const [representation] = await shown(call, [object], input.projection);
  return reply(200, call, object, representation);
}

/** RFC 7644 §3.4.2, RFC 9865. Throws invalidCursor, tooMany. */
export async function listPushed(
  call: OpenCall,
  query: ListQuery,
): Promise<ScimReply> {
  const { deps, tx, client: { applicationId } } = call;
  const { targets, paging, projection } = query;
  const after = paging.kind === "cursor" && paging.cursor !== null
    ? fromScimCursor(query, paging.cursor) : null;
  const offset = paging.kind === "index" ? paging.startIndex - 1 : 0;
  const { count } = paging;
  const limit = count === 0 ? 0 : count + 1;
  const rows = await deps.pushed.list(tx, applicationId, { targets, limit, offset, after });
  const page = rows.slice(0, count);
  // A first page that is not full says how many there are.
  const isAll = after === null && offset === 0 && count > 0 && rows.length <= count;
  const total = isAll ? page.length : await deps.pushed.count(tx, applicationId, targets);
  const resources = await shown(call, page.map(({ object }) => object), projection);
  const body = listResponse({
    total, resources,
    ...(paging.kind === "index" ? { startIndex: paging.startIndex } : {}),
    ...(paging.kind === "cursor" ? nextOf(query, rows, count) : {}),
  });
  return { status: 200, headers: {}, body };
}

function nextOf(
  query: ListQuery,
  rows: readonly PushedRow[],
  count: number,
): { readonly nextCursor?: string } {
  const last = rows[count - 1];
  if (last === undefined || rows.length <= count) return {};
  return { nextCursor: toScimCursor(query, { key: last.key, id: last.object.id }) };
}
