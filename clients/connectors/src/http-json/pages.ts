import { ConnectorError } from "../connector.js";
import { countOf, textOf } from "../http/json.js";
import type { JsonAnswer, JsonClient } from "./json-client.js";
import { nextLinkOf } from "./link-header.js";
import type { ListSettings } from "./list-settings.js";
import { toPlace, valueAt } from "./places.js";
import type { TemplateValues } from "./templates.js";

/** Which list to ask for. */
export interface Listing {
  readonly client: JsonClient;
  readonly list: ListSettings;
  readonly values: TemplateValues;
  /** Added to the query of the settings. */
  readonly query?: Readonly<Record<string, string>>;
  /** Where to begin, by the server's own word. */
  readonly link?: string | undefined;
  readonly signal: AbortSignal;
  /** Items that may still come; what goes over is `LIMIT_EXCEEDED`. */
  readonly counter: { left: number };
  /** What an item is known by. */
  keyOf(item: unknown): string;
}

export interface JsonPage {
  readonly items: readonly unknown[];
  readonly answer: JsonAnswer;
  readonly total: number | undefined;
}

/** Some servers hand out pages that are empty, and name the next one. Not without end. */
const emptyMax = 1_000;

/** The pages of a round do not fit together. */
export class Shifted extends Error {}

/** The pages of one round, one after the other. Throws Shifted where they do not fit together. */
export function roundOf(listing: Listing): AsyncGenerator<JsonPage> {
  const { kind } = listing.list.paging;
  if (kind === "none") return onePage(listing);
  return kind === "page" || kind === "offset" ? byPosition(listing) : byReference(listing);
}

/** The first page alone, as it comes. */
export function firstPage(listing: Listing): Promise<JsonPage> {
  const { paging } = listing.list;
  if (paging.kind === "page") return pageOf(listing, placeQuery(listing, paging.first));
  return pageOf(listing, paging.kind === "offset" ? placeQuery(listing, 0) : sizeQuery(listing));
}

async function* onePage(listing: Listing): AsyncGenerator<JsonPage> {
  const page = await pageOf(listing, {});
  if (page.total !== undefined && page.total > page.items.length) {
    throw new Shifted(`only ${page.items.length} of ${page.total} came, and there are no pages`);
  }
  if (nextLinkOf(page.answer.headers.get("link")) !== undefined) {
    throw new Shifted("the settings know no pages, and the server names a next one");
  }
  yield page;
}

async function* byPosition(listing: Listing): AsyncGenerator<JsonPage> {
  const isOffset = listing.list.paging.kind === "offset";
  const first = listing.list.paging.kind === "page" ? listing.list.paging.first : 0;
  let count = 0;
  let last: string | undefined;
  let firstTotal: number | undefined;
  for (let number = first; ; number += 1) {
    const isJoined = isOffset && count > 0;
    const at = isOffset ? Math.max(count - 1, 0) : number;
    const page = await pageOf(listing, placeQuery(listing, at));
    const [head] = page.items;
    if (isJoined && (head === undefined || listing.keyOf(head) !== last)) {
      throw new Shifted("a page does not begin where the one before ended");
    }
    firstTotal ??= page.total;
    if (page.total !== firstTotal) throw new Shifted("the number of items changed meanwhile");
    const items = isJoined ? page.items.slice(1) : page.items;
    if (items.length === 0) {
      if (page.total !== undefined && page.total > count) {
        throw new Shifted(`only ${count} of ${page.total} came`);
      }
      if (!isOffset) await demandEnd(listing, number + 1);
      return;
    }
    yield { ...page, items };
    count += items.length;
    last = listing.keyOf(items.at(-1));
    if (!isOffset && page.total !== undefined && count >= page.total) return;
  }
}

/** An empty page is the end only if there is none behind it that has something. */
async function demandEnd(listing: Listing, number: number): Promise<void> {
  const { items } = await pageOf(listing, placeQuery(listing, number));
  if (items.length > 0) throw new Shifted("an empty page stands before others");
}

async function* byReference(listing: Listing): AsyncGenerator<JsonPage> {
  const { paging } = listing.list;
  const met = new Set<string>();
  let count = 0;
  let empty = 0;
  let page = await firstPage(listing);
  for (;;) {
    yield page;
    count += page.items.length;
    empty = page.items.length === 0 ? empty + 1 : 0;
    const next = nextOf(listing, page.answer);
    if (next === undefined) {
      if (page.total === undefined || page.total <= count) return;
      throw new Shifted(`only ${count} of ${page.total} came`);
    }
    if (met.has(next)) throw new Shifted("a page leads to where we have been");
    if (empty > emptyMax) throw new Shifted("there are only empty pages");
    met.add(next);
    page = paging.kind === "cursor"
      ? await pageOf(listing, { ...sizeQuery(listing), [paging.parameter]: next })
      : await pageOf({ ...listing, link: next }, {});
  }
}

function nextOf({ list: { paging } }: Listing, { json, headers }: JsonAnswer): string | undefined {
  if (paging.kind === "linkHeader") return nextLinkOf(headers.get("link"));
  if (paging.kind !== "cursor" && paging.kind !== "nextLink") return undefined;
  const next = wordAt(json, paging.next);
  if (paging.kind === "nextLink" || paging.more === undefined) return next;
  const more = valueAt(json, toPlace(paging.more));
  if (typeof more !== "boolean") throw unreadable("an answer does not say whether there is more");
  if (more && next === undefined) throw new Shifted("there is more, and no word to ask on with");
  return more ? next : undefined;
}

/** No word is the end; what stands there and is none says that the answer has another form now. */
function wordAt(json: unknown, place: string): string | undefined {
  const found = valueAt(json, toPlace(place));
  const word = textOf(found);
  if (word !== undefined || [undefined, null, false, ""].includes(found as null)) return word;
  throw unreadable("an answer has no word to ask on with where the settings say, but else");
}

function sizeQuery({ list: { paging } }: Listing): Readonly<Record<string, string>> {
  if (!("size" in paging) || paging.sizeParameter === undefined) return {};
  return { [paging.sizeParameter]: String(paging.size) };
}

function placeQuery(listing: Listing, at: number): Readonly<Record<string, string>> {
  const { paging } = listing.list;
  return "parameter" in paging ? { ...sizeQuery(listing), [paging.parameter]: String(at) } : {};
}

async function pageOf(
  listing: Listing, query: Readonly<Record<string, string>>,
): Promise<JsonPage> {
  const { client, list, values, link, signal } = listing;
  const answer = await client.read(list, {
    values, query: { ...listing.query, ...query }, ...(link === undefined ? {} : { link }),
  }, signal);
  const items = valueAt(answer.json, toPlace(list.items));
  if (!Array.isArray(items)) {
    throw unreadable("an answer to a list is none: it has no items where the settings say");
  }
  return { items, answer, total: totalOf(list, answer) };
}

function totalOf({ total }: ListSettings, { json, headers }: JsonAnswer): number | undefined {
  if (total === undefined) return undefined;
  const found = countOf("header" in total
    ? headers.get(total.header.toLowerCase()) : valueAt(json, toPlace(total.path)));
  if (found === undefined) throw unreadable("an answer does not say how many there are");
  return found;
}

function unreadable(why: string): ConnectorError {
  return new ConnectorError("stop", "SOURCE_UNREADABLE", why);
}
