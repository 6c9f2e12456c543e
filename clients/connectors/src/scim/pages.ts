import { ConnectorError } from "../connector.js";
import { anchorOf, shownBy, type ResourceKind } from "./resource-kind.js";
import type { ScimService } from "./discovery.js";
import {
  asArray, canonicalText, countOf, isObject, member, textOf, type JsonObject,
} from "../http/json.js";
import type { ScimAnswer, ScimClient } from "./scim-client.js";

/** Where to list, and what. */
export interface Listing {
  readonly client: ScimClient;
  readonly service: ScimService;
  readonly kind: ResourceKind;
  readonly filter: string | undefined;
  readonly signal: AbortSignal;
  /** Resources that may still come; what goes over is `LIMIT_EXCEEDED`. */
  readonly counter: { left: number };
}

export interface ListPage {
  readonly resources: readonly JsonObject[];
  readonly total: number | undefined;
  readonly startIndex: number | undefined;
  readonly nextCursor: string | undefined;
  readonly date: Date | undefined;
}

const roundsMax = 3;

/**
 * All resources, each once, page by page. What moves while it is read shows at the seam of two
 * pages: each begins with the last one of the page before, and one page more must hold nothing new.
 * Then everything is listed again, and only what is new is yielded. Throws `SOURCE_INCOMPLETE`
 * where the pages do not fit together in three rounds.
 */
export async function* listAll(listing: Listing): AsyncGenerator<ListPage> {
  const yielded = new Set<string>();
  for (let round = 1; ; round += 1) {
    try {
      for await (const page of roundOf(listing)) {
        const fresh = page.resources.filter((each) => !yielded.has(keyOf(each)));
        for (const each of fresh) yielded.add(keyOf(each));
        listing.counter.left -= fresh.length;
        if (listing.counter.left < 0) {
          throw new ConnectorError("stop", "LIMIT_EXCEEDED", "more resources than allowed");
        }
        if (fresh.length > 0) yield { ...page, resources: fresh };
      }
      return;
    } catch (error) {
      if (!(error instanceof Shifted)) throw error;
      if (round < roundsMax) continue;
      throw new ConnectorError("stop", "SOURCE_INCOMPLETE", error.message);
    }
  }
}

/** The first page alone, as it comes. */
export async function listFirst(listing: Listing, count: number): Promise<ListPage> {
  return pageOf(listing, { startIndex: "1", count: String(count) });
}

/** The first page of what a filter finds; undefined where the server does not take the filter. */
export async function queryFirst(listing: Listing): Promise<ListPage | undefined> {
  const { client, kind, signal } = listing;
  const query = queryOf(listing, { startIndex: "1", count: String(sizeOf(listing)) });
  const answer = await client.query(kind.path, query, signal);
  return answer === undefined ? undefined : toPage(answer);
}

/** The pages of a round do not fit together. */
class Shifted extends Error {}

function roundOf(listing: Listing): AsyncGenerator<ListPage> {
  return listing.service.paging === "cursor" ? byCursor(listing) : byIndex(listing);
}

/** RFC 7644 §3.4.2.4. */
async function* byIndex(listing: Listing): AsyncGenerator<ListPage> {
  const overlap = listing.service.pageOverlap ? 1 : 0;
  const seen = new Set<string>();
  const count = String(sizeOf(listing));
  let last: string | undefined;
  let firstTotal: number | undefined;
  for (let position = 0; ;) {
    const isFirst = position === 0;
    const start = isFirst ? 1 : position + 1 - overlap;
    const page = await pageOf(listing, { startIndex: String(start), count });
    const { startIndex, total, nextCursor } = page;
    if (isFirst && nextCursor !== undefined && startIndex === undefined) {
      // RFC 9865 §2: a server that pages by cursor unless asked otherwise.
      yield* fromCursor(listing, page);
      return;
    }
    if (startIndex !== undefined && startIndex !== start && page.resources.length > 0) {
      throw new Shifted(`asked for ${start}, got ${startIndex}`);
    }
    const joined = !isFirst && overlap === 1;
    const [head] = page.resources;
    if (joined && (head === undefined || keyOf(head) !== last)) {
      throw new Shifted("a page does not begin where the one before ended");
    }
    const resources = joined ? page.resources.slice(1) : page.resources;
    if (resources.length === 0) {
      if (total !== undefined && total > position) {
        throw new Shifted(`only ${position} of ${total} came`);
      }
      return;
    }
    yield* once(page, resources, seen);
    position += resources.length;
    last = keyOf(resources.at(-1) ?? {});
    if (overlap === 1) continue;
    firstTotal ??= total;
    if (total !== firstTotal) throw new Shifted("the number of resources changed meanwhile");
    if (total !== undefined && position >= total) return;
  }
}

async function* byCursor(listing: Listing): AsyncGenerator<ListPage> {
  const count = String(sizeOf(listing));
  const first = await pageOf(listing, { cursor: "", count });
  // A server that knows no cursors answers by index, as if it had not been asked.
  if (first.nextCursor === undefined && first.total !== undefined
    && first.total > first.resources.length) {
    yield* byIndex(listing);
    return;
  }
  yield* fromCursor(listing, first);
}

/** RFC 9865 §2: it ends with the page that names no next one. */
async function* fromCursor(listing: Listing, first: ListPage): AsyncGenerator<ListPage> {
  const count = String(sizeOf(listing));
  const seen = new Set<string>();
  const cursors = new Set<string>();
  for (let page = first; ;) {
    yield* once(page, page.resources, seen);
    const { nextCursor: cursor, total } = page;
    if (cursor === undefined) {
      if (total !== undefined && total > seen.size) {
        throw new Shifted(`only ${seen.size} of ${total} came`);
      }
      return;
    }
    if (cursors.has(cursor)) throw new Shifted("a cursor leads to where we have been");
    cursors.add(cursor);
    page = await nextPage(listing, { cursor, count });
  }
}

async function nextPage(
  listing: Listing, query: Readonly<Record<string, string>>,
): Promise<ListPage> {
  try {
    return await pageOf(listing, query);
  } catch (error) {
    const isStale = error instanceof ConnectorError
      && /\((?:expired|invalid)Cursor\)/.test(error.message);
    if (isStale) throw new Shifted("a cursor ended before the list");
    throw error;
  }
}

/** What came on an earlier page of the round means that the pages moved, or repeat. */
function* once(
  page: ListPage, resources: readonly JsonObject[], seen: Set<string>,
): Generator<ListPage> {
  const keys = resources.map((each) => keyOf(each));
  if (keys.some((key) => seen.has(key))) throw new Shifted("a page repeats another");
  for (const key of keys) seen.add(key);
  yield { ...page, resources };
}

function sizeOf({ service, kind }: Listing): number {
  return Math.min(kind.settings.pageSize, service.pageSizeMax);
}

/** What has no id is known by all that it is. */
function keyOf(resource: JsonObject): string {
  return anchorOf(resource) ?? canonicalText(resource);
}

async function pageOf(
  listing: Listing, query: Readonly<Record<string, string>>,
): Promise<ListPage> {
  const { client, kind, signal } = listing;
  return toPage(await client.get(kind.path, queryOf(listing, query), signal));
}

function queryOf(
  { kind, filter }: Listing, query: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  return { ...(filter === undefined ? {} : { filter }), ...shownBy(kind), ...query };
}

function toPage({ json, date }: ScimAnswer): ListPage {
  const list = member(json, "Resources");
  const total = countOf(member(json, "totalResults"));
  if (list === undefined && total === undefined) {
    const why = "an answer to a list is none: it has no Resources and no totalResults";
    throw new ConnectorError("stop", "SOURCE_UNREADABLE", why);
  }
  demandForm(json);
  const resources = asArray(list);
  if (!resources.every((each) => isObject(each))) {
    throw new ConnectorError("stop", "SOURCE_UNREADABLE", "a list holds what is no resource");
  }
  return {
    resources: resources as readonly JsonObject[], total, date,
    startIndex: countOf(member(json, "startIndex")),
    nextCursor: textOf(member(json, "nextCursor")),
  };
}

/** What says where a list ends is there as RFC 7644 and RFC 9865 have it, or is not there. */
function demandForm(json: JsonObject): void {
  for (const [name, read] of [["totalResults", countOf], ["nextCursor", textOf]] as const) {
    const said = member(json, name);
    if (said === undefined || said === null || said === "" || read(said) !== undefined) continue;
    throw new ConnectorError("stop", "SOURCE_UNREADABLE", `the ${name} of a list is none`);
  }
}
