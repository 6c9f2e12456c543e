import { namingOf } from "./flat-attributes.js";
import { equalTo, isPlain } from "./filter.js";
import { member, textOf, type JsonObject } from "../http/json.js";
import { listAll, queryFirst, type Listing } from "./pages.js";
import type { ResourceKind } from "./resource-kind.js";
import type { WriteContext } from "./write-context.js";

/** What an object can be known by, whatever became of the answer to its create. */
export interface Marks {
  /** Our id in `externalId`; undefined where something else stands there. */
  readonly externalId: string | undefined;
  readonly name: string;
}

/**
 * Who has our id, else who has the name. The server's filters only make it quick: what they find
 * is looked at, and where they are not taken everything is. `isTaken`: the server said that
 * somebody has the name.
 */
export async function findMarked(
  context: WriteContext, kind: ResourceKind, marks: Marks, isTaken = false,
): Promise<readonly JsonObject[]> {
  const naming = namingOf[kind.kind];
  const isOurs = (each: JsonObject) => hasMark(each, marks);
  const isNamed = (each: JsonObject) => hasName(kind, each, marks.name);
  if (context.service.filters === "none") return scan(context, kind, isOurs, isNamed);
  const { externalId } = marks;
  const ours = externalId === undefined
    ? [] : await query(context, kind, ["externalId", externalId], isOurs);
  if (ours !== undefined && ours.length > 0) return ours;
  for (const name of spellings(kind, marks.name, isTaken)) {
    const named = await query(context, kind, [naming, name], isNamed);
    if (named === undefined) return scan(context, kind, isOurs, isNamed);
    if (named.length > 0) return named;
  }
  return [];
}

/** Servers fold the case of names and not of filters; it shows when a name is taken by nobody. */
function spellings(kind: ResourceKind, name: string, isTaken: boolean): readonly string[] {
  const folded = name.toLowerCase();
  return isTaken && folded !== name && ignoresCase(kind) ? [name, folded] : [name];
}

function ignoresCase({ kind, flats }: ResourceKind): boolean {
  return flats.get(namingOf[kind].toLowerCase())?.described.caseIgnore === true;
}

/** Whether it bears our id. */
export function hasMark(resource: JsonObject, { externalId }: Marks): boolean {
  return externalId !== undefined && textOf(member(resource, "externalId")) === externalId;
}

function hasName(kind: ResourceKind, resource: JsonObject, name: string): boolean {
  const naming = namingOf[kind.kind];
  const there = textOf(member(resource, naming));
  return ignoresCase(kind) ? there?.toLowerCase() === name.toLowerCase() : there === name;
}

/** What a filter finds and is so; undefined where the server does not take or get the filter. */
async function query(
  context: WriteContext, kind: ResourceKind, [path, value]: readonly [string, string],
  isSo: (resource: JsonObject) => boolean,
): Promise<readonly JsonObject[] | undefined> {
  const listing = listingOf(context, kind, equalTo(path, value));
  const first = await queryFirst(listing);
  if (first === undefined) return undefined;
  const { resources, total, nextCursor } = first;
  const found = resources.filter((each) => isSo(each));
  const isWhole = nextCursor === undefined && (total ?? 0) <= resources.length;
  if (found.length > 0) return found;
  if (!isPlain(value)) return undefined;
  return isWhole ? found : gather(listing, isSo);
}

async function scan(
  context: WriteContext, kind: ResourceKind, isOurs: (resource: JsonObject) => boolean,
  isNamed: (resource: JsonObject) => boolean,
): Promise<readonly JsonObject[]> {
  const found = await gather(listingOf(context, kind, undefined),
    (each) => isOurs(each) || isNamed(each));
  const ours = found.filter((each) => isOurs(each));
  return ours.length > 0 ? ours : found;
}

async function gather(
  listing: Listing, isSo: (resource: JsonObject) => boolean,
): Promise<readonly JsonObject[]> {
  const found: JsonObject[] = [];
  for await (const { resources } of listAll(listing)) {
    for (const each of resources) if (isSo(each)) found.push(each);
  }
  return found;
}

function listingOf(
  { client, service, configuration, signal }: WriteContext, kind: ResourceKind,
  filter: string | undefined,
): Listing {
  return { client, service, kind, filter, signal, counter: { left: configuration.objectsMax } };
}
