import { isObject } from "../json.js";
import type { BulkOperation } from "./bulk-request.js";

const mark = "bulkId:";
const depthMax = 20;

/** Ids of other operations that one names, in its path or its data (RFC 7644 §3.7.2). */
export function referencesOf({ path, data }: Pick<BulkOperation, "path" | "data">): string[] {
  const found = new Set<string>();
  for (const part of path.split("/")) note(found, part);
  walk(data, found, 0);
  return [...found];
}

function walk(value: unknown, found: Set<string>, depth: number): void {
  if (depth > depthMax) return;
  if (typeof value === "string") note(found, value);
  else if (Array.isArray(value)) for (const each of value) walk(each, found, depth + 1);
  else if (isObject(value)) for (const each of Object.values(value)) walk(each, found, depth + 1);
}

function note(found: Set<string>, text: string): void {
  if (text.startsWith(mark)) found.add(text.slice(mark.length));
}

/** The same with ids in the place of references; a reference that has none yet stays. */
export function withIds(
  operation: BulkOperation,
  ids: ReadonlyMap<string, string>,
): BulkOperation {
  const idOf = (text: string) =>
    (text.startsWith(mark) ? (ids.get(text.slice(mark.length)) ?? text) : text);
  return {
    ...operation,
    path: operation.path.split("/").map(idOf).join("/"),
    data: replaced(operation.data, idOf, 0),
  };
}

function replaced(value: unknown, idOf: (text: string) => string, depth: number): unknown {
  if (depth > depthMax) return value;
  if (typeof value === "string") return idOf(value);
  if (Array.isArray(value)) return value.map((each) => replaced(each, idOf, depth + 1));
  if (!isObject(value)) return value;
  const entries = Object.entries(value).map(([name, each]) =>
    [name, replaced(each, idOf, depth + 1)] as const);
  return Object.fromEntries(entries);
}

/**
 * The order in which operations are done: each after those that it names, else as they were given.
 * Of a circle the operation that is reached last comes first, with references that have no id yet.
 */
export function orderOf(operations: readonly BulkOperation[]): readonly number[] {
  const makers = new Map(operations.flatMap(({ bulkId, method }, at) =>
    (bulkId === null || method !== "POST" ? [] : [[bulkId, at] as const])));
  const order = new Set<number>();
  const begun = new Set<number>();
  for (const [start] of operations.entries()) {
    const waiting = [start];
    while (waiting.length > 0) {
      const at = waiting.at(-1) as number;
      const operation = operations[at] as BulkOperation;
      const first = begun.has(at) ? [] : referencesOf(operation).flatMap((id) =>
        makers.get(id) ?? []);
      begun.add(at);
      const next = first.filter((each) => !begun.has(each));
      if (next.length > 0) {
        waiting.push(...next.reverse());
        continue;
      }
      waiting.pop();
      order.add(at);
    }
  }
  return [...order];
}

/** What is left to do for an operation of a circle, once all operations have ids. */
export interface OpenMembers {
  readonly operation: BulkOperation;
  /** Members that are still references, to be added later. */
  readonly members: readonly unknown[];
}

/** A POST of a group without the members that have no id yet. */
export function withoutOpenMembers(operation: BulkOperation): OpenMembers {
  const { method, data } = operation;
  if (method !== "POST" || !isObject(data)) return { operation, members: [] };
  const name = Object.keys(data).find((each) => each.toLowerCase() === "members");
  const members: unknown = name === undefined ? undefined : data[name];
  if (name === undefined || !Array.isArray(members)) return { operation, members: [] };
  const open = members.filter((each) => referencesOf({ path: "", data: each }).length > 0);
  const held = members.filter((each) => !open.includes(each));
  return { operation: { ...operation, data: { ...data, [name]: held } }, members: open };
}
