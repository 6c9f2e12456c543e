import { ConnectorError } from "../connector.js";
import { hashOf, rejected } from "../delta-tokens.js";
import { canonicalText, textOf } from "../http/json.js";
import { seenMax, type Position } from "./delta-token.js";
import type { JsonSystem } from "./json-system.js";
import type {
  ChangeSettings, DeltaSettings, ListSettings, SinceSettings,
} from "./list-settings.js";
import { firstPage, roundOf, Shifted, type JsonPage } from "./pages.js";
import { toPlace, valueAt, type Place } from "./places.js";
import { fillQuery } from "./templates.js";
import { listAll } from "./whole-list.js";

/** Items of one page that changed, and the settings that they are to be read by. */
export interface ChangedItems {
  readonly items: readonly unknown[];
  readonly list: ListSettings;
}

/** What changed in one list, by whichever way the system tells it. */
export interface ChangeStream {
  readonly reportsDeletions: boolean;
  /** Throws `MISCONFIGURED` where the server cannot tell what changed. */
  begin(signal: AbortSignal): Promise<Position>;
  /** What changed since; returns the next position. Throws `DELTA_TOKEN_REJECTED`. */
  since(last: Position, signal: AbortSignal): AsyncGenerator<ChangedItems, Position>;
}

export function openStream(
  system: JsonSystem, list: ListSettings & { readonly changes?: ChangeSettings | undefined },
  anchor: Place | undefined,
): ChangeStream | undefined {
  const { changes } = list;
  if (changes === undefined) return undefined;
  return changes.kind === "since" ? new SinceStream(system, list, anchor, changes)
    : new DeltaStream(system, changes, anchor);
}

const dayMs = 86_400_000;

/**
 * Changes by a time that the server filters by. Each report reaches back before the last one, for
 * a change shows only when it is done; what was told already is known by its content.
 */
class SinceStream implements ChangeStream {
  /** Who was taken away for good leaves no trace in a list. */
  readonly reportsDeletions = false;

  private readonly system: JsonSystem;
  private readonly list: ListSettings;
  private readonly anchor: Place | undefined;
  private readonly settings: SinceSettings;

  constructor(
    system: JsonSystem, list: ListSettings, anchor: Place | undefined, settings: SinceSettings,
  ) {
    this.system = system;
    this.list = list;
    this.anchor = anchor;
    this.settings = settings;
  }

  async begin(signal: AbortSignal): Promise<Position> {
    const nowMs = await this.prove(signal);
    const seen: string[] = [];
    for await (const page of listAll(this.asking(nowMs - this.settings.overlapMs, signal))) {
      seen.push(...page.items.map((each) => hashOf(canonicalText(each))));
    }
    return { at: nowMs, seen: seen.slice(-seenMax) };
  }

  async *since(last: Position, signal: AbortSignal): AsyncGenerator<ChangedItems, Position> {
    if (!("at" in last)) throw rejected("it is of another way to tell changes");
    const known = new Set(last.seen);
    const met: string[] = [];
    let nowMs: number | undefined;
    for await (const page of listAll(this.asking(last.at - this.settings.overlapMs, signal))) {
      nowMs ??= this.askedAtMs(page, last.at);
      const prints = page.items.map((each) => hashOf(canonicalText(each)));
      met.push(...prints);
      const items = page.items.filter((_, at) => !known.has(prints[at] ?? ""));
      yield { items, list: this.list };
    }
    return { at: nowMs ?? last.at, seen: met.slice(-seenMax) };
  }

  /**
   * That the server filters by time: it finds nothing of tomorrow, and of all times what it lists.
   * One that pays no heed shows everything, one that does not know it may show nothing, and both
   * look like success. Returns the server's time.
   */
  private async prove(signal: AbortSignal): Promise<number> {
    const first = await firstPage(this.system.listing(this.list, this.anchor, {}, signal));
    const nowMs = this.askedAtMs(first, 0);
    const later = await firstPage(this.asking(nowMs + dayMs, signal));
    if (later.items.length > 0) throw silent("a filter by time finds what it should not");
    const ever = await firstPage(this.asking(0, signal));
    if (first.items.length > 0 && ever.items.length === 0) {
      throw silent("a filter by time does not find what it should");
    }
    return nowMs;
  }

  private asking(sinceMs: number, signal: AbortSignal): ReturnType<JsonSystem["listing"]> {
    const values = { since: new Date(Math.max(sinceMs, 0)).toISOString() };
    const listing = this.system.listing(this.list, this.anchor, values, signal);
    return { ...listing, query: fillQuery(this.settings.query, values) };
  }

  /** The server's time when it was asked: whatever came later is for the next report. */
  private askedAtMs({ answer: { dateMs, tookMs } }: JsonPage, lastMs: number): number {
    if (dateMs === undefined) throw silent("it does not tell its time");
    if (lastMs - dateMs > this.settings.overlapMs) throw rejected("the server's clock went back");
    return Math.max(dateMs - Math.ceil(tookMs), lastMs);
  }
}

/** Changes by the server's own word, who is gone among them. */
class DeltaStream implements ChangeStream {
  readonly reportsDeletions = true;

  private readonly system: JsonSystem;
  private readonly settings: DeltaSettings;
  private readonly anchor: Place | undefined;

  constructor(system: JsonSystem, settings: DeltaSettings, anchor: Place | undefined) {
    this.system = system;
    this.settings = settings;
    this.anchor = anchor;
  }

  async begin(signal: AbortSignal): Promise<Position> {
    let last: Position | undefined;
    const query = this.settings.begin;
    for await (const page of this.pages({ query }, signal)) last = this.wordOf(page) ?? last;
    return last ?? this.wordless();
  }

  async *since(last: Position, signal: AbortSignal): AsyncGenerator<ChangedItems, Position> {
    if (!("word" in last)) throw rejected("it is of another way to tell changes");
    const { parameter } = this.settings;
    const from = parameter === undefined
      ? { link: last.word } : { query: { [parameter]: last.word } };
    const pages = this.pages(from, signal);
    let next: Position | undefined;
    for (let isFirst = true; ; isFirst = false) {
      const turn = isFirst ? await this.firstOf(pages) : await pages.next();
      if (turn.done === true) return next ?? this.wordless();
      next = this.wordOf(turn.value) ?? next;
      yield { items: turn.value.items, list: this.settings };
    }
  }

  /** What the server does not know any more it refuses as if it were no request at all. */
  private async firstOf(
    pages: AsyncGenerator<JsonPage>,
  ): Promise<IteratorResult<JsonPage, unknown>> {
    try {
      return await pages.next();
    } catch (error) {
      const isRefused = error instanceof ConnectorError && error.code === "MISCONFIGURED";
      throw isRefused ? rejected("the server does not take the token any more") : error;
    }
  }

  private async *pages(
    from: { readonly query?: Readonly<Record<string, string>>; readonly link?: string },
    signal: AbortSignal,
  ): AsyncGenerator<JsonPage> {
    const listing = this.system.listing(this.settings, this.anchor, {}, signal);
    try {
      for await (const page of roundOf({ ...listing, ...from })) {
        listing.counter.left -= page.items.length;
        if (listing.counter.left < 0) {
          throw new ConnectorError("stop", "LIMIT_EXCEEDED", "more changes than allowed");
        }
        yield page;
      }
    } catch (error) {
      if (!(error instanceof Shifted)) throw error;
      const why = `a report of changes is not whole: ${error.message}`;
      throw new ConnectorError("stop", "SOURCE_INCOMPLETE", why);
    }
  }

  private wordOf({ answer }: JsonPage): Position | undefined {
    const word = textOf(valueAt(answer.json, toPlace(this.settings.token)));
    return word === undefined ? undefined : { word };
  }

  private wordless(): never {
    const why = "a report of changes ends without a token";
    throw new ConnectorError("stop", "SOURCE_INCOMPLETE", why);
  }
}

function silent(why: string): ConnectorError {
  const message = `the server cannot tell what changed: ${why}`;
  return new ConnectorError("stop", "MISCONFIGURED", message);
}
