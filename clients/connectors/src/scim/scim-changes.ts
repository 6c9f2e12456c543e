import { chunks } from "../chunks.js";
import {
  ConnectorError, type ChangeBatch, type ChangePosition, type ConnectorObject,
  type ConnectorSkip, type ReadOptions,
} from "../connector.js";
import { formatToken, hashOf, rejected } from "../delta-tokens.js";
import { parseToken, scopeOf, seenMax, type ScimToken } from "./delta-token.js";
import { namingOf } from "./flat-attributes.js";
import type { ScimService } from "./discovery.js";
import { allOf, equalTo } from "./filter.js";
import { canonicalText, isObject, member, textOf, type JsonObject } from "../http/json.js";
import { listAll, listFirst, queryFirst, type Listing, type ListPage } from "./pages.js";
import { membersIn } from "./read.js";
import { anchorOf, toObject, type ResourceKind } from "./resource-kind.js";
import type { ScimSystem } from "./scim-system.js";

/**
 * Changes by `meta.lastModified` (RFC 7643 §3.1), which says nothing of who is gone. Each report
 * reaches back before the last one, for a change shows only when it is done; what was told already
 * is known by its content, so neither a second nor a late change is lost.
 */
export class ScimChanges {
  private readonly system: ScimSystem;

  constructor(system: ScimSystem) {
    this.system = system;
  }

  /** Throws `MISCONFIGURED` where the server cannot tell what changed. */
  async begin(signal: AbortSignal): Promise<ChangePosition> {
    signal.throwIfAborted();
    const service = await this.system.service(signal, true);
    if (service.filters !== "all") throw silent("it has no filters by time");
    if (service.dialect.showsMembers === false && service.kinds.has("group")) {
      throw silent("it shows groups without their members");
    }
    let now: Date | undefined;
    const seen: string[] = [];
    for (const kind of service.kinds.values()) {
      const proof = await this.prove(service, kind, signal);
      now ??= proof.date;
      if (now === undefined) throw silent("it does not tell its time");
      const since = new Date(now.getTime() - this.system.configuration.overlapMs);
      for await (const { resources } of this.since(service, kind, since, signal)) {
        seen.push(...resources.map((each) => fingerprint(kind, each)));
      }
    }
    return { token: this.tokenOf(now ?? new Date(0), seen), reportsDeletions: false };
  }

  async *changes(token: string, options: ReadOptions): AsyncGenerator<ChangeBatch> {
    const { signal } = options;
    signal.throwIfAborted();
    const last = parseToken(token, scopeOf(this.system.configuration));
    const service = await this.system.service(signal, true);
    if (service.filters !== "all") throw rejected("the server has no filters by time any more");
    const { overlapMs } = this.system.configuration;
    const known = new Set(last.seen);
    const recent: string[] = [];
    let now: Date | undefined;
    for (const kind of service.kinds.values()) {
      now ??= await this.timeAt(service, kind, last, signal);
      const since = new Date(Date.parse(last.at) - overlapMs);
      for await (const { resources } of this.since(service, kind, since, signal)) {
        const fresh = resources.filter((each) => !known.has(fingerprint(kind, each)));
        for (const each of resources) {
          const isRecent = modified(each).getTime() >= now.getTime() - overlapMs;
          if (isRecent) recent.push(fingerprint(kind, each));
        }
        yield* reportOf(kind, fresh, options);
      }
    }
    yield { type: "token", token: this.tokenOf(now ?? new Date(last.at), recent) };
  }

  /** The server's time before anything is asked. Throws `DELTA_TOKEN_REJECTED`. */
  private async timeAt(
    service: ScimService, kind: ResourceKind, last: ScimToken, signal: AbortSignal,
  ): Promise<Date> {
    const { date } = await listFirst(this.listing(service, kind, undefined, signal), 1);
    if (date === undefined) throw rejected("the server does not tell its time any more");
    const back = Date.parse(last.at) - date.getTime();
    if (back > this.system.configuration.overlapMs) throw rejected("the server's clock went back");
    return date;
  }

  /**
   * That the server filters by time: one resource is found by its own time and not by a later
   * one. A server that ignores the filter shows everything, one that does not know it may show
   * nothing, and both look like success.
   */
  private async prove(
    service: ScimService, kind: ResourceKind, signal: AbortSignal,
  ): Promise<ListPage> {
    const first = await listFirst(this.listing(service, kind, kind.settings.filter, signal), 1);
    const [sample] = first.resources;
    if (sample === undefined) return first;
    const at = modified(sample);
    const name = textOf(member(sample, namingOf[kind.kind]));
    if (name === undefined) throw silent("its resources have no names");
    const same = equalTo(namingOf[kind.kind], name);
    const isFound = async (since: Date): Promise<boolean> => {
      const page = await queryFirst(this.listing(service, kind, allOf(same, after(since)), signal));
      if (page === undefined) throw silent("it does not take a filter by time");
      return page.resources.some((each) => anchorOf(each) === anchorOf(sample)
        && modified(each).getTime() === at.getTime());
    };
    const [then, later] = [new Date(at.getTime() - 1_000), new Date(at.getTime() + 1_000)];
    if (!await isFound(then)) throw silent("a filter by time does not find what it should");
    if (await isFound(later)) throw silent("a filter by time finds what it should not");
    return first;
  }

  private async *since(
    service: ScimService, kind: ResourceKind, since: Date, signal: AbortSignal,
  ): AsyncGenerator<ListPage> {
    const filter = allOf(kind.settings.filter, after(since));
    yield* listAll(this.listing(service, kind, filter, signal));
  }

  private listing(
    service: ScimService, kind: ResourceKind, filter: string | undefined, signal: AbortSignal,
  ): Listing {
    const { client, configuration } = this.system;
    return { client, service, kind, filter, signal, counter: { left: configuration.objectsMax } };
  }

  private tokenOf(at: Date, seen: readonly string[]): string {
    const scope = scopeOf(this.system.configuration);
    const kept = seen.slice(-seenMax);
    return formatToken({ version: 1, scope, at: at.toISOString(), seen: [...kept] });
  }
}

function after(since: Date): string {
  return `meta.lastModified ge "${since.toISOString()}"`;
}

function silent(why: string): ConnectorError {
  const message = `the server cannot tell what changed: ${why}`;
  return new ConnectorError("stop", "MISCONFIGURED", message);
}

/** Throws `MISCONFIGURED` for a resource that does not say when it changed. */
function modified(resource: JsonObject): Date {
  const meta = member(resource, "meta");
  const at = Date.parse(isObject(meta) ? textOf(member(meta, "lastModified")) ?? "" : "");
  if (Number.isNaN(at)) throw silent("a resource has no meta.lastModified");
  return new Date(at);
}

function fingerprint(kind: ResourceKind, resource: JsonObject): string {
  return hashOf(`${kind.kind} ${canonicalText(resource)}`);
}

/** Whole objects; of a group that changed all members, for nothing says which did. */
function* reportOf(
  kind: ResourceKind, resources: readonly JsonObject[], { batchSizeMax }: ReadOptions,
): Generator<ChangeBatch> {
  const objects: ConnectorObject[] = [];
  const skips: ConnectorSkip[] = [];
  for (const resource of resources) {
    const read = toObject(kind, resource, kind.path.join("/"));
    if ("code" in read) skips.push(read);
    else objects.push(read);
  }
  for (const part of chunks(objects, batchSizeMax)) yield { type: "objects", objects: part };
  if (kind.kind === "group") {
    const read = resources.map((each) => membersIn(each));
    skips.push(...read.flatMap((each) => each.skips));
    const groups = resources.flatMap((each) => anchorOf(each) ?? []);
    for (const part of chunks(groups, batchSizeMax)) yield { type: "wholeMembers", groups: part };
    for (const part of chunks(read.flatMap((each) => each.members), batchSizeMax)) {
      yield { type: "members", added: part, removed: [] };
    }
  }
  for (const part of chunks(skips, batchSizeMax)) yield { type: "skips", skips: part };
}
