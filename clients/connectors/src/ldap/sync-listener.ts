import { ConnectorError, type ChangeHint, type Listens } from "../connector.js";
import { cannotTell, everything, readChangeScope } from "./change-source.js";
import { readDirectory } from "./directory.js";
import { hear, type Ear } from "./hearing.js";
import type { Intermediate, LdapResult, RawEntry } from "./messages.js";
import type { LdapSession, SignIn } from "./session.js";
import { readSyncInfo, readSyncState, SyncRequestControl } from "./sync-controls.js";
import { beginAt } from "./syncrepl.js";

const refreshRequired = 4096;

/**
 * Hears of every change below the bases (RFC 4533 §3.4). Which of them matter is not told here: a
 * unit that was renamed matters and is nobody.
 */
export class SyncListener implements Listens {
  private readonly signIn: SignIn;
  /** Whether what the server calls an entry is the anchor of its object. */
  private readonly isAnchor: boolean;

  constructor(signIn: SignIn) {
    const { users, groups } = signIn.configuration;
    this.signIn = signIn;
    this.isAnchor = [users, groups].every((kind) =>
      kind === undefined || kind.anchorAttribute.toLowerCase() === "entryuuid");
  }

  /** Throws `MISCONFIGURED` where the server does not know RFC 4533. */
  listen(signal: AbortSignal): AsyncGenerator<ChangeHint> {
    return hear(this.signIn, signal, (session, ear) => this.watch(session, ear));
  }

  private async watch(session: LdapSession, ear: Ear): Promise<void> {
    const { controls } = await readDirectory(session);
    if (!controls.has(SyncRequestControl.type)) throw cannotTell("it has no RFC 4533");
    const { bases } = await readChangeScope(session);
    const opened = bases.map(async (base) => {
      const cookie = await beginAt(session, base);
      await this.persist(session, base, cookie, ear);
    });
    await Promise.all(opened);
  }

  /** Resolves when the server has told what came before and tells from there on what happens. */
  private persist(
    session: LdapSession, base: string, cookie: Buffer, ear: Ear,
  ): Promise<void> {
    return new Promise((resolve, reject) => {
      const add = (uuid: string): void => { ear.add(this.isAnchor ? uuid : undefined); };
      const sink = { push: (entry: RawEntry): void => { add(readSyncState(entry).uuid); } };
      const onIntermediate = (response: Intermediate): void => {
        const info = readSyncInfo(response);
        if (info.kind === "left") for (const uuid of info.uuids) add(uuid);
        if (info.kind === "phase" && info.isDone) resolve();
      };
      const search = { base, scope: "sub", filter: everything, attributes: ["1.1"] } as const;
      const controls = [new SyncRequestControl("refreshAndPersist", cookie)];
      const searching = session.search(search, sink, {
        controls, onIntermediate, isEndless: true,
      }).then(asEnd);
      ear.keep(searching).catch(reject);
    });
  }
}

/** A server that wants to tell everything anew only wants to be listened to anew. */
function asEnd(result: LdapResult): LdapResult {
  if (result.status !== refreshRequired) return result;
  throw new ConnectorError("retry", "CONNECTOR_BUSY", "the server wants to be listened to anew");
}
