import {
  ConnectorError, type ChangeBatch, type ChangePosition, type ReadOptions, type ReportsChanges,
} from "../connector.js";
import { formatToken, rejected } from "../delta-tokens.js";
import { cannotTell, readChangeScope, type ChangeView } from "./change-source.js";
import { parseToken, scopeOf, type ChangeToken } from "./change-token.js";
import { ChangedEntries } from "./changed-entries.js";
import { readDirectory } from "./directory.js";
import { textIds } from "./entry-ids.js";
import { memberNames } from "./read.js";
import { LdapSession, type SignIn } from "./session.js";
import { SyncRequestControl } from "./sync-controls.js";
import { Syncrepl } from "./syncrepl.js";
import { Timestamps } from "./timestamps.js";
import { kindsOf } from "./write.js";

/** What changed in a directory since a position: as the server tells it, else by times. */
export class DirectoryChanges implements ReportsChanges {
  private readonly signIn: SignIn;
  private readonly scope: string;
  private readonly syncrepl: Syncrepl;
  private readonly timestamps: Timestamps;

  constructor(signIn: SignIn) {
    this.signIn = signIn;
    this.scope = scopeOf(signIn.configuration);
    this.syncrepl = new Syncrepl(this.scope);
    this.timestamps = new Timestamps(this.scope, signIn.configuration.overlapMs);
  }

  async begin(signal: AbortSignal): Promise<ChangePosition> {
    const session = await LdapSession.open(this.signIn, signal);
    const release = session.breakOnAbort(signal);
    try {
      const token = await this.position(session);
      return { token: formatToken(token), reportsDeletions: this.knowsDeleted(token) };
    } finally {
      release();
      await session.close();
    }
  }

  /** Nothing is told before it is known that everything can be. */
  async *changes(text: string, options: ReadOptions): AsyncGenerator<ChangeBatch> {
    options.signal.throwIfAborted();
    const { configuration } = this.signIn;
    const token = parseToken(text, this.scope);
    if (configuration.changes !== "auto" && configuration.changes !== token.way) {
      throw rejected("the settings say now to learn of changes in another way");
    }
    const session = await LdapSession.open(this.signIn, options.signal);
    const release = session.breakOnAbort(options.signal);
    try {
      const view = await this.view(session);
      const told = token.way === "syncrepl"
        ? await this.syncrepl.collect(view, token) : await this.timestamps.collect(view, token);
      const ids = textIds(view.scope.ids);
      const names = memberNames(session, configuration);
      const { kinds, scope: { roots } } = view;
      yield* new ChangedEntries({ session, kinds, ids, roots, names }, options).batches(told);
      yield { type: "token", token: formatToken(told.token) };
    } finally {
      release();
      await session.close();
    }
  }

  private async position(session: LdapSession): Promise<ChangeToken> {
    const view = await this.view(session);
    const { changes } = this.signIn.configuration;
    if (changes === "timestamps") return this.timestamps.begin(view);
    try {
      if (!view.controls.has(SyncRequestControl.type)) throw cannotTell("it has no RFC 4533");
      return await this.syncrepl.begin(view);
    } catch (error) {
      const isLasting = error instanceof ConnectorError && error.kind === "stop";
      if (!isLasting || changes === "syncrepl") throw error;
      return this.timestamps.begin(view);
    }
  }

  private async view(
    session: LdapSession,
  ): Promise<ChangeView & { readonly controls: ReadonlySet<string> }> {
    const { dialect, configuration } = this.signIn;
    const { schema, controls } = await readDirectory(session);
    const kinds = [...kindsOf(configuration, { schema, dialect }).values()];
    return { session, scope: await readChangeScope(session), kinds, controls };
  }

  /** Who is deleted is named by an id: that tells who it was where the id is the anchor. */
  private knowsDeleted({ way, ids }: ChangeToken): boolean {
    const { users, groups } = this.signIn.configuration;
    return way === "syncrepl" && [users, groups].every((kind) =>
      kind === undefined || kind.anchorAttribute.toLowerCase() === ids.toLowerCase());
  }
}
