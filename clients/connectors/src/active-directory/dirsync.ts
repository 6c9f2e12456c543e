import { ConnectorError } from "../connector.js";
import type { EntryChange } from "../ldap/entry-change.js";
import type { LdapFilter } from "../ldap/filter.js";
import { valuesOf, type RawEntry } from "../ldap/messages.js";
import type { LdapSession } from "../ldap/session.js";
import { toChanges, type ChangePage, type ChangeSource } from "./change-source.js";
import { rejected } from "../delta-tokens.js";
import type { DirSyncToken } from "./delta-token.js";
import { DirSyncControl, readDirSyncAnswer, type DirSyncAnswer } from "./dirsync-control.js";

const bytesMax = 1_048_576;
const pagesMax = 100_000;
const everything: LdapFilter = { kind: "present", attribute: "objectClass" };
/** Nothing is without a class: the cookie comes without entries. */
const nothing: LdapFilter = { kind: "not", filter: everything };

/** What a changed entry comes with whatever it was that changed. */
const always = new Set(["objectguid", "instancetype"]);

const insufficientAccess = 50;
/** That the server is busy, slow or ill says nothing about the cookie. */
const passing = new Set([1, 3, 51, 52]);

/**
 * Changes as replication sees them (MS-ADTS §3.1.1.3.4.1.3). Needs the right "Replicating
 * Directory Changes" on the domain; the flag that would do without it is left, for some servers
 * then answer "success, nothing".
 */
export class DirSync implements ChangeSource<DirSyncToken> {
  private readonly domain: string;
  private readonly scope: string;
  private readonly now: () => Date;

  constructor(domain: string, scope: string, now: () => Date) {
    this.domain = domain;
    this.scope = scope;
    this.now = now;
  }

  async begin(session: LdapSession) {
    let cookie: Buffer = Buffer.alloc(0);
    for (let page = 0; page < pagesMax; page += 1) {
      const answer = await this.ask(session, nothing, cookie, []);
      cookie = answer.cookie;
      if (!answer.hasMore) return { token: this.tokenOf(cookie), reportsDeletions: true };
    }
    throw endless();
  }

  async *pages(
    session: LdapSession, token: DirSyncToken,
  ): AsyncGenerator<ChangePage<DirSyncToken>> {
    let cookie = Buffer.from(token.cookie, "base64");
    for (let page = 0; page < pagesMax; page += 1) {
      const found: RawEntry[] = [];
      const answer = await this.ask(session, everything, cookie, found);
      cookie = Buffer.from(answer.cookie);
      yield { ...toChanges(found, changeOf), token: this.tokenOf(cookie) };
      if (!answer.hasMore) return;
    }
    throw endless();
  }

  private async ask(
    session: LdapSession, filter: LdapFilter, cookie: Buffer, found: RawEntry[],
  ): Promise<DirSyncAnswer> {
    const search = {
      base: this.domain, scope: "sub", filter, attributes: ["*", "objectGUID"],
    } as const;
    const controls = [new DirSyncControl(cookie, bytesMax)];
    const result = await session.search(search, found, { controls });
    if (result.status === insufficientAccess || passing.has(result.status)) {
      session.demand("read", result, "asking for changes");
    }
    if (result.status !== 0 && cookie.length > 0) throw rejected("the server does not know it");
    session.demand("read", result, "asking for changes");
    return readDirSyncAnswer(result);
  }

  private tokenOf(cookie: Buffer): DirSyncToken {
    return {
      version: 1, way: "dirsync", scope: this.scope, at: this.now().toISOString(),
      cookie: cookie.toString("base64"),
    };
  }
}

function changeOf(entry: RawEntry, id: string): EntryChange {
  const isDeleted = valuesOf(entry, "isDeleted")?.[0]?.toString("latin1") === "TRUE";
  const names = entry.attributes.map(({ name }) => name.toLowerCase());
  const isNew = names.includes("objectclass");
  const mayBeRenamed = !isNew && (names.includes("name") || names.includes("parentguid"));
  const onlyMembers = names.some((name) => name.startsWith("member;range="))
    && names.every((name) => always.has(name) || name.startsWith("member;range="));
  if (!onlyMembers || isDeleted) return { id, isDeleted, mayBeRenamed };
  // Which range a value stands in says whether it came or went.
  const valuesIn = (range: string): readonly string[] =>
    (valuesOf(entry, `member;range=${range}`) ?? []).map((value) => value.toString("utf8"));
  const members = { added: valuesIn("1-1"), removed: valuesIn("0-0") };
  return { id, isDeleted, mayBeRenamed, members };
}

function endless(): ConnectorError {
  return new ConnectorError("stop", "SOURCE_INCOMPLETE", "the server's changes have no end");
}
