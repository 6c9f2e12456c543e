import {
  ConnectorError, type ConnectorValue, type ConnectorWrite, type WriteResult,
} from "../connector.js";
import { textOf } from "../http/json.js";
import { demandHolds, putState, putValue, type Draft } from "./draft.js";
import {
  anchorOf, demandObject, isSame, readValue, stateOf, type MappedAttribute,
} from "./object-map.js";
import { putAt, toPlace, valueAt } from "./places.js";
import type { TemplateValues } from "./templates.js";
import {
  demandAttribute, demandItem, invalid, unable, type Target,
} from "./write-context.js";
import { listAll } from "./whole-list.js";

export type CreateWrite = Extract<ConnectorWrite, { readonly operation: "create" }>;

interface Asked {
  readonly attribute: MappedAttribute;
  readonly value: ConnectorValue;
}

interface Creation {
  readonly target: Target;
  readonly write: CreateWrite;
  readonly asked: readonly Asked[];
  readonly draft: Draft;
  readonly name: string;
}

/**
 * Makes one object, however often it is asked for: who bears our id or the name is looked for
 * before, and again when the answer to the create does not say that it was done. That the system
 * keeps either unique is its promise, not ours.
 */
export async function create(target: Target, write: CreateWrite): Promise<WriteResult> {
  const creation = prepare(target, write);
  const before = await findMarked(creation);
  if (before !== undefined) return settle(creation, before);
  const made = await send(creation);
  return "found" in made ? settle(creation, made.found) : finish(creation, made.anchor);
}

/** Throws `VALUE_INVALID`. */
function prepare(target: Target, write: CreateWrite): Creation {
  const { map, ways } = target;
  if (ways.create === undefined) throw unable(`create a ${write.kind}`);
  const asked = Object.entries(write.attributes)
    .map(([name, value]) => ({ attribute: demandAttribute(target, name), value }));
  const draft = structuredClone(ways.create.body) as Draft;
  for (const { attribute, value } of asked) putValue(draft, attribute, value, undefined);
  for (const { attribute, value } of asked) demandHolds(draft, attribute, value);
  for (const { settings, name } of map.attributes.values()) {
    const isMissing = settings.required && !settings.readOnly && !(name in write.attributes);
    if (isMissing) throw invalid(`"${name}" is required`);
  }
  const named = Object.hasOwn(write.attributes, map.settings.name)
    ? write.attributes[map.settings.name] : undefined;
  if (named === undefined || named === "") throw invalid(`"${map.settings.name}" is required`);
  if (write.enabled !== undefined && ways.enable === undefined) {
    putState(draft, map, write.enabled);
  }
  const { id } = ways.create;
  if (id !== undefined) putAt(draft, toPlace(id), write.id);
  return { target, write, asked, draft, name: String(named) };
}

/** Who bears our id, or the name. The server only finds; what it finds is looked at. */
async function findMarked({ target, write, name }: Creation): Promise<unknown> {
  const { system, map, ways, signal } = target;
  const values: TemplateValues = { name, id: write.id };
  const { find } = ways;
  const naming = map.attributes.get(map.settings.name);
  const marked: unknown[] = [];
  for await (const { items } of listAll(system.listing(find, map.anchor, values, signal))) {
    for (const item of items) {
      const there = naming === undefined ? undefined : readValue(naming, item);
      const isNamed = naming !== undefined && there !== undefined && isSame(naming, there, name);
      if (isOurs(target, write, item) || isNamed) marked.push(item);
    }
  }
  return marked.find((each) => isOurs(target, write, each)) ?? marked[0];
}

function isOurs({ ways }: Target, write: CreateWrite, item: unknown): boolean {
  const id = ways.create?.id;
  return id !== undefined && textOf(valueAt(item, toPlace(id))) === write.id;
}

/** The anchor of what was made, where the answer tells; or who was found instead. */
async function send(
  creation: Creation,
): Promise<{ readonly found: unknown } | { readonly anchor: string | undefined }> {
  const { target: { system, map, ways, signal }, write, draft, name } = creation;
  const way = ways.create;
  if (way === undefined) throw unable(`create a ${write.kind}`);
  const post = (json: Draft) => system.client.change(
    { ...way, body: undefined }, { name, id: write.id }, { json }, signal,
  );
  const place = way.password;
  if (write.password !== undefined && place === undefined) {
    throw invalid("the settings say nowhere where a password goes");
  }
  try {
    const json = await (write.password === undefined || place === undefined ? post(draft)
      : write.password.use((plain) => {
        const body = structuredClone(draft);
        putAt(body, toPlace(place), plain);
        return post(body);
      }));
    return { anchor: anchorOf(map.anchor, valueAt(json, toPlace(way.object))) };
  } catch (error) {
    if (!(error instanceof ConnectorError) || !mayBeDone(error)) throw error;
    const found = await lookAgain(creation, error);
    if (found === undefined) throw error;
    return { found };
  }
}

/** A refusal by rate says so before anything is done; the next attempt looks first anyway. */
function mayBeDone({ kind, code }: ConnectorError): boolean {
  return code === "VALUE_TAKEN" || code === "OBJECT_EXISTS"
    || (kind === "retry" && code !== "CONNECTOR_RATE_LIMITED");
}

/** What cannot be looked for now is looked for by the next attempt. */
async function lookAgain(creation: Creation, error: ConnectorError): Promise<unknown> {
  try {
    return await findMarked(creation);
  } catch (second) {
    if (second instanceof ConnectorError && second.kind === "retry") throw error;
    throw second;
  }
}

/** What an object that is there already means for a create. Throws `OBJECT_EXISTS`. */
async function settle(creation: Creation, found: unknown): Promise<WriteResult> {
  const { target, write, asked } = creation;
  const anchor = anchorOf(target.map.anchor, found);
  if (anchor === undefined) throw new ConnectorError("skip", "ANCHOR_MISSING", "it has no anchor");
  const { item } = await demandItem(target, anchor);
  const isAsAsked = asked.every(({ attribute, value }) => {
    const there = readValue(attribute, item);
    return there !== undefined && isSame(attribute, there, value);
  });
  const isInState = write.enabled === undefined || stateOf(target.map, item) === write.enabled;
  if (!isOurs(target, write, item) && !(isAsAsked && isInState)) {
    throw new ConnectorError("skip", "OBJECT_EXISTS", "its name belongs to something else");
  }
  const password = write.password === undefined ? {} : { password: "kept" as const };
  return {
    id: write.id, ok: true, already: true, object: demandObject(target.map, item), ...password,
  };
}

async function finish(creation: Creation, answered: string | undefined): Promise<WriteResult> {
  const { target, write } = creation;
  const { system, map, ways, signal } = target;
  const anchor = answered ?? anchorOf(map.anchor, await findMarked(creation));
  if (anchor === undefined) {
    const why = "a create was answered well, and what it made is not to be found yet";
    throw new ConnectorError("retry", "CONNECTOR_BUSY", why);
  }
  let { item } = await demandItem(target, anchor);
  const way = write.enabled === true ? ways.enable : ways.disable;
  if (write.enabled !== undefined && way !== undefined && stateOf(map, item) !== write.enabled) {
    await system.client.change(way, { anchor }, {}, signal);
    ({ item } = await demandItem(target, anchor));
  }
  const password = write.password === undefined ? {} : { password: "set" as const };
  return { id: write.id, ok: true, object: demandObject(map, item), ...password };
}
