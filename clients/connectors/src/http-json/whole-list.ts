import { ConnectorError } from "../connector.js";
import { roundOf, Shifted, type JsonPage, type Listing } from "./pages.js";

const roundsMax = 3;

/**
 * All items, each once, page by page. Where the pages do not fit together everything is asked for
 * again, and only what is new is yielded. Pages by number alone show no seam: without a total, two
 * rounds have to find the same. Throws `SOURCE_INCOMPLETE` where three rounds do not do.
 */
export async function* listAll(listing: Listing): AsyncGenerator<JsonPage> {
  const yielded = new Set<string>();
  const { paging, total } = listing.list;
  const isBlind = paging.kind === "page" && total === undefined;
  let before: ReadonlySet<string> | undefined;
  let why = "two rounds did not find the same";
  for (let round = 1; round <= roundsMax; round += 1) {
    const met = new Set<string>();
    try {
      yield* freshOf(listing, met, yielded);
      if (!isBlind || (before !== undefined && isSame(before, met))) return;
      before = met;
    } catch (error) {
      if (!(error instanceof Shifted)) throw error;
      why = error.message;
    }
  }
  throw new ConnectorError("stop", "SOURCE_INCOMPLETE", `a list is not whole: ${why}`);
}

/** Throws Shifted for what came on an earlier page of the round: pages moved, or repeat. */
async function* freshOf(
  listing: Listing, met: Set<string>, yielded: Set<string>,
): AsyncGenerator<JsonPage> {
  for await (const page of roundOf(listing)) {
    const fresh: unknown[] = [];
    for (const item of page.items) {
      const key = listing.keyOf(item);
      if (met.has(key)) throw new Shifted("a page repeats another");
      met.add(key);
      if (yielded.has(key)) continue;
      yielded.add(key);
      fresh.push(item);
    }
    listing.counter.left -= fresh.length;
    if (listing.counter.left < 0) {
      throw new ConnectorError("stop", "LIMIT_EXCEEDED", "more items than allowed");
    }
    yield { ...page, items: fresh };
  }
}

function isSame(left: ReadonlySet<string>, right: ReadonlySet<string>): boolean {
  return left.size === right.size && [...left].every((each) => right.has(each));
}
