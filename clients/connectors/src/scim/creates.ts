import { ConnectorError, type ConnectorWrite, type WriteResult } from "../connector.js";
import { namingOf, type FlatAttribute } from "./flat-attributes.js";
import { fromScim } from "./values.js";
import { isObject, member, textOf, type JsonObject } from "../http/json.js";
import { findMarked, hasMark, type Marks } from "./lookup.js";
import { bodyOf, operation, patchBody } from "./patch.js";
import {
  anchorOf, demandFlat, demandObject, hasValue, type ResourceKind,
} from "./resource-kind.js";
import type { ScimAnswer } from "./scim-client.js";
import { put, type Draft } from "./unflatten.js";
import { demandKind, demandResource, invalid, type WriteContext } from "./write-context.js";

export type CreateWrite = Extract<ConnectorWrite, { readonly operation: "create" }>;

interface Creation {
  readonly context: WriteContext;
  readonly kind: ResourceKind;
  readonly write: CreateWrite;
  readonly asked: readonly { readonly flat: FlatAttribute; readonly name: string }[];
  readonly draft: Draft;
  readonly marks: Marks;
}

/**
 * Makes one object, however often it is asked for: who bears our id or the name is looked for
 * before, and again when the answer to the create does not say that it was done.
 */
export async function create(context: WriteContext, write: CreateWrite): Promise<WriteResult> {
  const creation = prepare(context, write);
  const [before] = await findMarked(context, creation.kind, creation.marks);
  if (before !== undefined) return settle(creation, before);
  const made = await send(creation);
  return "ok" in made ? made : finish(creation, made.answer);
}

/** Throws `VALUE_INVALID`. */
function prepare(context: WriteContext, write: CreateWrite): Creation {
  const kind = demandKind(context, write.kind);
  const { dialect } = context.service;
  const asked = Object.keys(write.attributes)
    .map((name) => ({ name, flat: demandFlat(kind, name, "create") }))
    .sort((left, right) => order(left.flat) - order(right.flat));
  const draft: Draft = {};
  for (const { flat, name } of asked) put(draft, flat, write.attributes[name] ?? null, dialect);
  for (const { flat, name } of asked) demandHolds(draft, flat, write.attributes[name] ?? null);
  if (write.enabled !== undefined) {
    if (write.kind !== "user") throw invalid("a group has no state");
    draft["active"] = dialect.booleans === "words"
      ? (write.enabled ? "True" : "False") : write.enabled;
  }
  const name = textOf(draft[namingOf[write.kind]]);
  if (name === undefined) throw invalid(`"${namingOf[write.kind]}" is required`);
  const isFree = draft["externalId"] === undefined && context.configuration.externalId === "id";
  if (isFree) draft["externalId"] = write.id;
  return {
    context, kind, write, asked, draft,
    marks: { externalId: isFree ? write.id : undefined, name },
  };
}

/** Lists before elements: an element of a list is put into what the list became. */
export function order({ form }: FlatAttribute): number {
  return form === "element" ? 1 : 0;
}

/** Two attributes may show one place: what they say must be one thing. */
export function demandHolds(
  draft: JsonObject, flat: FlatAttribute, value: CreateWrite["attributes"][string] | null,
): void {
  if (hasValue(draft, flat, value, false)) return;
  throw invalid(`"${flat.described.name}" contradicts another attribute of the same list`);
}

/** The answer to a create that was done, or what is known otherwise. Throws ConnectorError. */
async function send(
  creation: Creation,
): Promise<WriteResult | { readonly answer: ScimAnswer | undefined }> {
  const { context, kind, write, draft } = creation;
  const post = (json: JsonObject) =>
    context.change({ method: "POST", path: kind.path, json });
  try {
    const body = bodyOf(kind, draft);
    const answer = await (write.password === undefined
      ? post(body) : write.password.use((password) => post({ ...body, password })));
    return { answer };
  } catch (error) {
    if (!(error instanceof ConnectorError) || !mayBeDone(error)) throw error;
    const found = await lookAgain(creation, error);
    if (found === undefined) throw error;
    return settle(creation, found);
  }
}

/** A refusal by rate says so before anything is done; the next attempt looks first anyway. */
function mayBeDone({ kind, code }: ConnectorError): boolean {
  return code === "VALUE_TAKEN" || (kind === "retry" && code !== "CONNECTOR_RATE_LIMITED");
}

/** What cannot be looked for now is looked for by the next attempt. */
async function lookAgain(
  { context, kind, marks }: Creation, error: ConnectorError,
): Promise<JsonObject | undefined> {
  try {
    return (await findMarked(context, kind, marks, error.code === "VALUE_TAKEN"))[0];
  } catch (second) {
    if (second instanceof ConnectorError && second.kind === "retry") throw error;
    throw second;
  }
}

/** What an object that is there already means for a create. Throws `OBJECT_EXISTS`. */
async function settle(creation: Creation, found: JsonObject): Promise<WriteResult> {
  const { context, kind, write, asked, marks } = creation;
  const anchor = anchorOf(found);
  if (anchor === undefined) throw new ConnectorError("skip", "ANCHOR_MISSING", "it has no id");
  const { json } = await demandResource(context, kind, anchor);
  const isOurs = hasMark(json, marks);
  const isAsAsked = asked.every(({ flat, name }) =>
    hasValue(json, flat, write.attributes[name] ?? null, true));
  const state = fromScim("boolean", member(json, "active"));
  const isInState = write.enabled === undefined || state === write.enabled;
  if (!isOurs && !(isAsAsked && isInState)) {
    throw new ConnectorError("skip", "OBJECT_EXISTS", "its name belongs to something else");
  }
  const password = await passwordAgain(creation, anchor, isOurs);
  return { id: write.id, ok: true, already: true, object: demandObject(kind, json), ...password };
}

/** Only what is surely ours gets the new password. */
async function passwordAgain(
  { context, kind, write }: Creation, anchor: string, isOurs: boolean,
): Promise<{ readonly password?: "set" | "kept" }> {
  if (write.password === undefined) return {};
  if (!isOurs || context.service.updates !== "patch") return { password: "kept" };
  await write.password.use((plain) => context.change({
    method: "PATCH", path: [...kind.path, anchor],
    json: patchBody([operation(context.service.dialect, "replace", "password", plain)]),
  }));
  return { password: "set" };
}

async function finish(
  creation: Creation, answer: ScimAnswer | undefined,
): Promise<WriteResult> {
  const { context, kind, write } = creation;
  const shown = await madeBy(creation, answer);
  const kept = await withoutDouble(creation, shown);
  const password = write.password === undefined ? {} : { password: "set" as const };
  if (kept !== shown) return settle(creation, kept);
  const isWhole = kind.asked.length === 0
    && textOf(member(shown, namingOf[kind.kind])) !== undefined;
  const { json } = isWhole
    ? { json: shown } : await demandResource(context, kind, anchorOf(shown) ?? "");
  return { id: write.id, ok: true, object: demandObject(kind, json), ...password };
}

/** The answer; where it does not show the object, whatever bears its marks. */
async function madeBy(
  { context, kind, marks }: Creation, answer: ScimAnswer | undefined,
): Promise<JsonObject> {
  if (answer !== undefined && anchorOf(answer.json) !== undefined) return answer.json;
  const [found] = await findMarked(context, kind, marks);
  if (found !== undefined) return found;
  const why = "a create was answered well, and what it made is not to be found yet";
  throw new ConnectorError("retry", "CONNECTOR_BUSY", why);
}

/**
 * Where names need not be unique, an earlier attempt may have been done after we looked. Of those
 * that bear our id the oldest stays: a later one that we made just now is taken away again.
 */
async function withoutDouble(
  { context, kind, marks }: Creation, made: JsonObject,
): Promise<JsonObject> {
  const isUnique = kind.kind === "user" && context.service.dialect.uniqueNames !== false;
  if (isUnique || marks.externalId === undefined) return made;
  const found = await findMarked(context, kind, marks);
  const [oldest, second] = found.filter((each) => hasMark(each, marks)).sort(byAge);
  if (oldest === undefined || second === undefined) return made;
  const anchor = anchorOf(made);
  if (anchor === undefined || anchorOf(oldest) === anchor) return made;
  await context.change({ method: "DELETE", path: [...kind.path, anchor] });
  return oldest;
}

function byAge(left: JsonObject, right: JsonObject): number {
  const age = (each: JsonObject): string => {
    const meta = member(each, "meta");
    const created = isObject(meta) ? textOf(member(meta, "created")) : undefined;
    return `${new Date(created ?? 0).toISOString()} ${anchorOf(each) ?? ""}`;
  };
  return age(left) < age(right) ? -1 : 1;
}
