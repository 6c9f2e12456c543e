import { chunks } from "../chunks.js";
import {
  ConnectorError, type ChangeBatch, type ChangePosition, type ConnectorDeparture,
  type ConnectorSkip, type ReadOptions, type ReportsChanges,
} from "../connector.js";
import { formatToken, rejected } from "../delta-tokens.js";
import { openStream, type ChangedItems, type ChangeStream } from "./change-stream.js";
import { parseToken, scopeOf, type JsonToken, type Position } from "./delta-token.js";
import type { JsonSystem } from "./json-system.js";
import { membersOf, nameless } from "./members.js";
import { anchorOf, standingOf, type ObjectMap } from "./object-map.js";
import { toPlace, valueAt } from "./places.js";
import { memberBatches, objectBatches } from "./read.js";

/** One list and its changes; `map` is absent for memberships. */
interface Source {
  readonly map: ObjectMap | undefined;
  readonly stream: ChangeStream;
}

/** A report of one list that has begun. */
interface OpenReport {
  readonly map: ObjectMap | undefined;
  readonly pages: AsyncGenerator<ChangedItems, Position>;
  readonly first: IteratorResult<ChangedItems, Position>;
}

/** Groups whose members are to be told anew, with what the group itself shows. */
type Affected = Map<string, unknown>;

/**
 * What changed, by each list's own way: whole objects, who is gone, and of a group that changed
 * all members, for nothing says which did.
 */
export class JsonChanges implements ReportsChanges {
  private readonly system: JsonSystem;
  private readonly sources: readonly Source[];

  private constructor(system: JsonSystem, sources: readonly Source[]) {
    this.system = system;
    this.sources = sources;
  }

  /** Undefined where the settings know no way. */
  static of(system: JsonSystem): JsonChanges | undefined {
    const sources: Source[] = [];
    for (const map of system.maps.values()) {
      const stream = openStream(system, map.settings.list, map.anchor);
      if (stream !== undefined) sources.push({ map, stream });
    }
    const pairs = system.configuration.groups?.members?.pairs;
    const stream = pairs === undefined ? undefined : openStream(system, pairs, undefined);
    if (stream !== undefined) sources.push({ map: undefined, stream });
    return sources.length === 0 ? undefined : new JsonChanges(system, sources);
  }

  async begin(signal: AbortSignal): Promise<ChangePosition> {
    signal.throwIfAborted();
    const positions: Position[] = [];
    for (const { stream } of this.sources) positions.push(await stream.begin(signal));
    const reportsDeletions = this.sources.every(({ stream }) => stream.reportsDeletions);
    return { token: this.tokenOf(positions), reportsDeletions };
  }

  async *changes(token: string, options: ReadOptions): AsyncGenerator<ChangeBatch> {
    options.signal.throwIfAborted();
    const last = parseToken(token, scopeOf(this.system.configuration));
    const positions: Position[] = [];
    const affected: Affected = new Map();
    for (const { map, pages, first } of await this.openAll(last, options.signal)) {
      let turn = first;
      for (; turn.done !== true; turn = await pages.next()) {
        if (map === undefined) this.noteGroups(turn.value, affected);
        else yield* this.report(map, turn.value, affected, options);
      }
      positions.push(turn.value);
    }
    for (const [group, item] of affected) yield* this.reportMembers(group, item, options);
    yield { type: "token", token: this.tokenOf(positions) };
  }

  /** The first page of each list: where one of them is refused nothing is told of any. */
  private async openAll(last: JsonToken, signal: AbortSignal): Promise<readonly OpenReport[]> {
    const opened: OpenReport[] = [];
    for (const [at, { map, stream }] of this.sources.entries()) {
      const from = last.positions[at];
      if (from === undefined) throw rejected("it is of other lists");
      const pages = stream.since(from, signal);
      opened.push({ map, pages, first: await pages.next() });
    }
    return opened;
  }

  /** Of several words on one object in a page the last one counts. */
  private async *report(
    map: ObjectMap, { items, list }: ChangedItems, affected: Affected, options: ReadOptions,
  ): AsyncGenerator<ChangeBatch> {
    const last = new Map<string, unknown>();
    const here: unknown[] = [];
    const gone: ConnectorDeparture[] = [];
    for (const item of items) {
      const anchor = anchorOf(map.anchor, item);
      if (anchor === undefined) here.push(item);
      else last.set(anchor, item);
    }
    const skips: ConnectorSkip[] = [];
    for (const [anchor, item] of last) {
      const told = standingOf(list, item);
      const whole = told === "here" ? await this.wholeOf(map, anchor, item, options) : item;
      if (whole instanceof ConnectorError) {
        const { code, message: reason } = whole;
        skips.push({ object: anchor, anchor, code, reason });
        continue;
      }
      const standing = told === "here" ? standingOf(map.settings.list, whole) : told;
      if (standing === "here") here.push(whole);
      else gone.push({ anchor, because: standing });
      if (map.kind === "group" && standing === "here") affected.set(anchor, whole);
      else if (map.kind === "group") affected.delete(anchor);
    }
    yield* objectBatches(map, here, 0, options);
    for (const part of chunks(gone, options.batchSizeMax)) yield { type: "gone", gone: part };
    for (const part of chunks(skips, options.batchSizeMax)) yield { type: "skips", skips: part };
  }

  /** The object as a full read would show it, or why it cannot be read; then it is there still. */
  private async wholeOf(
    map: ObjectMap, anchor: string, item: unknown, { signal }: ReadOptions,
  ): Promise<unknown> {
    const { list: { changes }, writes } = map.settings;
    if (changes?.kind !== "delta" || changes.whole || writes === undefined) return item;
    try {
      const found = await this.system.client.find(writes.item, { values: { anchor } }, signal);
      if (found !== undefined) return valueAt(found.json, toPlace(writes.item.object));
      return new ConnectorError("skip", "OBJECT_GONE", "it changed, and is not to be found");
    } catch (error) {
      if (error instanceof ConnectorError && error.kind === "skip") return error;
      throw error;
    }
  }

  private noteGroups({ items }: ChangedItems, affected: Affected): void {
    const place = toPlace(this.system.configuration.groups?.members?.pairs?.group ?? "");
    for (const item of items) {
      const group = anchorOf(place, item);
      if (group === undefined) throw nameless();
      if (!affected.has(group)) affected.set(group, undefined);
    }
  }

  private async *reportMembers(
    group: string, item: unknown, options: ReadOptions,
  ): AsyncGenerator<ChangeBatch> {
    const settings = this.system.configuration.groups?.members;
    if (settings === undefined) return;
    try {
      const found = await membersOf(this.system, settings, group, item, options.signal);
      yield { type: "wholeMembers", groups: [group] };
      for (const batch of memberBatches(found, options)) {
        yield batch.type === "skips" ? batch
          : { type: "members", added: batch.members, removed: [] };
      }
    } catch (error) {
      // A group that went meanwhile is told of by the next report.
      if (!(error instanceof ConnectorError) || error.code !== "MISCONFIGURED") throw error;
      const reason = "its members cannot be asked for";
      const skip = { object: group, anchor: group, code: "OBJECT_GONE", reason } as const;
      yield { type: "skips", skips: [skip] };
    }
  }

  private tokenOf(positions: readonly Position[]): string {
    return formatToken({ version: 1, scope: scopeOf(this.system.configuration), positions });
  }
}
