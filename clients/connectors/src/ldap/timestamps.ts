import { hashOf, rejected } from "../delta-tokens.js";
import {
  belowIt, cannotTell, everything, type ChangeSource, type ChangeView, type ToldChanges,
} from "./change-source.js";
import type { TimestampToken } from "./change-token.js";
import { texts } from "./directory.js";
import type { EntryChange } from "./entry-change.js";
import { textIds } from "./entry-ids.js";
import { or, type LdapFilter } from "./filter.js";
import type { RawEntry } from "./messages.js";
import { fromGeneralizedTime, toGeneralizedTime } from "./values.js";

const times = ["modifyTimestamp", "createTimestamp"];
/** More than these are told again, which is allowed. */
const seenMax = 2_000;
const hourMs = 3_600_000;
/** How far back the newest time is looked for before all entries are. */
const windowsMs = [hourMs, 24 * hourMs, 720 * hourMs];

/** An entry of the times that were looked at. */
interface Met {
  readonly entry: RawEntry;
  readonly at: number;
  readonly fingerprint: string;
}

/**
 * Changes by the times that entries bear (RFC 4512 §3.4), which say nothing of who is deleted.
 * All is counted by the server's clock, as its entries show it. Each report reaches back before
 * the last one, for a time is that of a second in which more may happen, and of a server whose
 * word may come later; what was told already is known by its content.
 */
export class Timestamps implements ChangeSource<TimestampToken> {
  private readonly scope: string;
  private readonly overlapMs: number;
  private readonly now: () => number;

  constructor(scope: string, overlapMs: number, now: () => number = Date.now) {
    this.scope = scope;
    this.overlapMs = overlapMs;
    this.now = now;
  }

  /** Throws `MISCONFIGURED` where entries do not bear times. */
  async begin(view: ChangeView): Promise<TimestampToken> {
    const { session, scope } = view;
    for (const base of scope.bases) {
      const entry = await session.readEntry(base, times);
      if (entry === undefined || timeOf(entry) === undefined) {
        throw cannotTell("its entries have no modifyTimestamp");
      }
    }
    const newest = this.bounded(await this.newest(view));
    if (newest === undefined) throw cannotTell("its entries cannot be found by their times");
    const recent: string[] = [];
    for await (const met of this.since(view, newest - this.overlapMs)) recent.push(met.fingerprint);
    return this.tokenOf(scope.ids, newest, recent);
  }

  async collect(
    view: ChangeView, token: TimestampToken,
  ): Promise<ToldChanges<TimestampToken>> {
    const { scope } = view;
    if (token.ids !== scope.ids) throw rejected("the server knows its entries by another id now");
    const last = Date.parse(fromGeneralizedTime(token.at) ?? "");
    if (Number.isNaN(last)) throw rejected("it holds no time");
    const ids = textIds(scope.ids);
    const known = new Set(token.seen);
    const changes = new Map<string, EntryChange>();
    const nameless: string[] = [];
    const met: Omit<Met, "entry">[] = [];
    let newest = last;
    for await (const { entry, at, fingerprint } of this.since(view, last - this.overlapMs)) {
      newest = Math.max(newest, this.bounded(at) ?? newest);
      met.push({ at, fingerprint });
      if (known.has(fingerprint)) continue;
      const id = ids.of(entry);
      if (id === undefined) nameless.push(entry.dn);
      else changes.set(id, {
        id, isDeleted: false, ...belowIt(texts(entry, "hasSubordinates")),
      });
    }
    const recent = met.filter((each) => each.at >= newest - this.overlapMs)
      .map((each) => each.fingerprint);
    return {
      changes: [...changes.values()], nameless, token: this.tokenOf(scope.ids, newest, recent),
    };
  }

  /** A time from the future would hide all that happens until then. */
  private bounded(at: number | undefined): number | undefined {
    return at === undefined ? undefined : Math.min(at, this.now());
  }

  /** The newest time of all entries, found without reading all of them where that is possible. */
  private async newest({ session, scope }: ChangeView): Promise<number | undefined> {
    const filters = [
      ...windowsMs.map((ms) => changedSince(this.now() - ms)), everything,
    ];
    for (const filter of filters) {
      let newest: number | undefined;
      for await (const entry of entriesOf({ session, scope, filter, attributes: times })) {
        const at = timeOf(entry);
        if (at !== undefined && at > (newest ?? 0)) newest = at;
      }
      if (newest !== undefined) return newest;
    }
    return undefined;
  }

  private async *since(
    { session, scope, kinds }: ChangeView, from: number,
  ): AsyncGenerator<Met> {
    const attributes = [...new Set([
      "*", scope.ids, ...times, "entryCSN", "hasSubordinates",
      ...kinds.flatMap((kind) => kind.wanted),
    ])];
    const filter = changedSince(from);
    for await (const entry of entriesOf({ session, scope, filter, attributes })) {
      yield { entry, at: timeOf(entry) ?? from, fingerprint: fingerprintOf(entry) };
    }
  }

  private tokenOf(ids: string, at: number, seen: readonly string[]): TimestampToken {
    return {
      version: 1, way: "timestamps", scope: this.scope, ids, at: toSecond(at),
      seen: seen.slice(-seenMax),
    };
  }
}

/** Below all roots, page by page. */
async function* entriesOf(
  { session, scope, filter, attributes }: Pick<ChangeView, "session" | "scope">
    & { readonly filter: LdapFilter; readonly attributes: readonly string[] },
): AsyncGenerator<RawEntry> {
  for (const base of scope.roots) {
    for await (const page of session.pages({ base, scope: "sub", filter, attributes })) yield* page;
  }
}

function changedSince(at: number): LdapFilter {
  const value = Buffer.from(toSecond(at));
  return or(...times.map((attribute): LdapFilter => ({ kind: "atLeast", attribute, value })));
}

/** The second that a time is in, as the filters of all servers take it. */
function toSecond(at: number): string {
  const second = new Date(Math.floor(at / 1_000) * 1_000).toISOString();
  return toGeneralizedTime(second) ?? "";
}

/** The later of both times, in milliseconds. */
function timeOf(entry: RawEntry): number | undefined {
  const found = times.flatMap((name) => texts(entry, name))
    .map((text) => Date.parse(fromGeneralizedTime(text) ?? ""))
    .filter((at) => !Number.isNaN(at));
  return found.length === 0 ? undefined : Math.max(...found);
}

/** What changes with other entries than the one that has it. */
const ofOthers = new Set(["contextcsn", "hassubordinates", "numsubordinates", "subordinatecount"]);

/** Stands for all that an entry holds, in whatever order it comes. */
function fingerprintOf({ dn, attributes }: RawEntry): string {
  const own = attributes.filter(({ name }) => !ofOthers.has(name.toLowerCase()));
  const lines = own.map(({ name, values }) =>
    [name.toLowerCase(), ...values.map((value) => value.toString("base64")).sort()].join(" "));
  return hashOf([dn, ...lines.sort()].join("\n"));
}
