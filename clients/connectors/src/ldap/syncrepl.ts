import { chunks } from "../chunks.js";
import { rejected } from "../delta-tokens.js";
import {
  belowIt, cannotTell, everything, type ChangeSource, type ChangeView, type ToldChanges,
} from "./change-source.js";
import type { SyncreplToken } from "./change-token.js";
import { texts } from "./directory.js";
import type { EntryChange } from "./entry-change.js";
import type { EntryKind } from "./entries.js";
import { textIds, withIds } from "./entry-ids.js";
import { parseFilter, type LdapFilter } from "./filter.js";
import type { Intermediate, RawEntry } from "./messages.js";
import type { LdapSession } from "./session.js";
import {
  readSyncDone, readSyncInfo, readSyncState, SyncRequestControl,
} from "./sync-controls.js";
import { demandWitnesses, findWitnesses, type Witness } from "./witness.js";

/** Nothing is without a class: the cookie comes without entries. */
const nothing: LdapFilter = { kind: "not", filter: everything };
const entriesPerSearch = 100;
const attributes = ["hasSubordinates"];

/** That we may not, or that the server is busy, slow, ill or without the base: not the cookie. */
const passing = new Set([1, 3, 12, 32, 50, 51, 52]);

/** What one refresh told of one base. */
interface Refresh {
  readonly alive: Map<string, EntryChange>;
  readonly left: Set<string>;
  readonly cookie: Buffer;
}

/**
 * Changes by content synchronisation (RFC 4533), whose cookie the server makes and understands.
 * It is asked for every entry below the bases, whatever we read: only so do units tell that they
 * were renamed, with all that is below them.
 */
export class Syncrepl implements ChangeSource<SyncreplToken> {
  private readonly scope: string;

  constructor(scope: string) {
    this.scope = scope;
  }

  /** Throws `MISCONFIGURED` where the server does not know an entry by its `entryUUID`. */
  async begin(view: ChangeView): Promise<SyncreplToken> {
    const { session, scope } = view;
    const cookies: Buffer[] = [];
    for (const base of scope.bases) {
      await demandSameIds(session, base);
      cookies.push(await beginAt(session, base));
    }
    return this.tokenOf(cookies, await findWitnesses(view));
  }

  async collect(
    view: ChangeView, token: SyncreplToken,
  ): Promise<ToldChanges<SyncreplToken>> {
    const { session, scope: { bases, roots, ids } } = view;
    if (token.ids !== ids || token.cookies.length !== bases.length) {
      throw rejected("the server knows its entries by another id now");
    }
    const alive = new Map<string, EntryChange>();
    const left = new Set<string>();
    const cookies: Buffer[] = [];
    for (const [at, base] of bases.entries()) {
      const cookie = Buffer.from(token.cookies[at] ?? "", "base64");
      const refresh = await refreshOf(session, base, cookie);
      for (const [id, change] of refresh.alive) alive.set(id, change);
      for (const id of refresh.left) left.add(id);
      cookies.push(refresh.cookie);
    }
    await demandWitnesses(view, token.witnesses, (id) => alive.has(id) || left.has(id));
    // Who left one base may have come to the other.
    const candidates = [...left].filter((id) => !alive.has(id));
    const deleted = await resolve(session, roots, candidates, alive);
    if (deleted.length > 0) await demandSomebody(view);
    const gone = deleted.map((id) => ({ id, isDeleted: true, mayBeRenamed: false }));
    const next = this.tokenOf(cookies, await findWitnesses(view));
    return { changes: [...alive.values(), ...gone], nameless: [], token: next };
  }

  private tokenOf(cookies: readonly Buffer[], witnesses: Witness[]): SyncreplToken {
    return {
      version: 1, way: "syncrepl", scope: this.scope, ids: syncIds.attribute,
      cookies: cookies.map((cookie) => cookie.toString("base64")), witnesses,
    };
  }
}

const syncIds = textIds("entryUUID");

/**
 * The cookie of now. Servers whose cookies are good for any search give it with nothing else;
 * others are told the whole content first, as names alone.
 */
export async function beginAt(session: LdapSession, base: string): Promise<Buffer> {
  const early = await ask(session, { base, filter: nothing }, undefined);
  if (early.status === 0) {
    const { cookie } = readSyncDone(early);
    const proof = cookie === undefined ? undefined : await ask(session, { base }, cookie);
    if (cookie !== undefined && proof?.status === 0 && readSyncDone(proof).refreshDeletes) {
      return readSyncDone(proof).cookie ?? cookie;
    }
  }
  const whole = await ask(session, { base }, undefined);
  session.demand("read", whole, "asking for changes");
  const { cookie } = readSyncDone(whole);
  if (cookie === undefined) throw cannotTell("it gives no cookie to go on from");
  return cookie;
}

interface Listener {
  onEntry(entry: RawEntry): void;
  onIntermediate(response: Intermediate): void;
}

/** That changes name entries by what is their `entryUUID` too. */
async function demandSameIds(session: LdapSession, base: string): Promise<void> {
  const found: RawEntry[] = [];
  const search = { base, filter: everything, attributes: [syncIds.attribute] };
  const controls = [new SyncRequestControl("refreshOnly", undefined)];
  const result = await session.search({ ...search, scope: "base" }, found, { controls });
  session.demand("read", result, "asking for changes");
  const [entry] = found;
  if (entry !== undefined && readSyncState(entry).uuid === syncIds.of(entry)?.toLowerCase()) return;
  throw cannotTell("it names changed entries otherwise than by entryUUID");
}

/** A base where nobody is to be seen any more may be one that we may not look at any more. */
async function demandSomebody({ session, kinds }: ChangeView): Promise<void> {
  const [{ base, scope, filter }] = kinds.map((kind) => kind.settings) as [EntryKind["settings"]];
  const search = { base, scope, filter: parseFilter(filter), attributes: ["1.1"] };
  if ((await session.find(search, 0)).length === 0) throw rejected("nobody is to be seen any more");
}

function ask(
  session: LdapSession, { base, filter = everything }: { base: string; filter?: LdapFilter },
  cookie: Buffer | undefined, { onEntry, onIntermediate }: Partial<Listener> = {},
) {
  const controls = [new SyncRequestControl("refreshOnly", cookie)];
  const sink = { push: (entry: RawEntry) => onEntry?.(entry) };
  return session.search({ base, scope: "sub", filter, attributes }, sink, {
    controls, ...(onIntermediate === undefined ? {} : { onIntermediate }),
  });
}

async function refreshOf(session: LdapSession, base: string, cookie: Buffer): Promise<Refresh> {
  const alive = new Map<string, EntryChange>();
  const left = new Set<string>();
  const onEntry = (entry: RawEntry): void => {
    const { state, uuid } = readSyncState(entry);
    if (state === "delete") left.add(uuid);
    // What is only said to be there has not changed.
    if (state !== "add" && state !== "modify") return;
    const below = belowIt(texts(entry, "hasSubordinates"));
    alive.set(uuid, { id: uuid, isDeleted: false, ...below });
  };
  const onIntermediate = (response: Intermediate): void => {
    const info = readSyncInfo(response);
    if (info.kind === "left") for (const uuid of info.uuids) left.add(uuid);
  };
  const result = await ask(session, { base }, cookie, { onEntry, onIntermediate });
  if (passing.has(result.status)) session.demand("read", result, "asking for changes");
  if (result.status !== 0) throw rejected("the server does not know it");
  const done = readSyncDone(result);
  // Whoever is not named has left: that is for those to use who know everybody, a full read.
  if (!done.refreshDeletes) throw rejected("the server does not know any more who left");
  return { alive, left, cookie: done.cookie ?? cookie };
}

/** Of those who left the bases, who is nowhere; the others go to those who are alive. */
async function resolve(
  session: LdapSession, roots: readonly string[], some: readonly string[],
  alive: Map<string, EntryChange>,
): Promise<readonly string[]> {
  for (const part of chunks(some, entriesPerSearch)) {
    const filter = withIds(syncIds, part);
    for (const base of roots) {
      const search = {
        base, scope: "sub", filter, attributes: [syncIds.attribute, ...attributes],
      } as const;
      for (const entry of await session.find(search, part.length)) {
        const id = syncIds.of(entry);
        if (id === undefined) continue;
        const below = belowIt(texts(entry, "hasSubordinates"));
        alive.set(id, { id, isDeleted: false, ...below });
      }
    }
  }
  return some.filter((id) => !alive.has(id));
}
