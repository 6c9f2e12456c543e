import { ConnectorError } from "../connector.js";
import { texts } from "../ldap/directory.js";
import type { EntryChange } from "../ldap/entry-change.js";
import type { LdapFilter } from "../ldap/filter.js";
import { valuesOf, type RawEntry } from "../ldap/messages.js";
import type { LdapSession } from "../ldap/session.js";
import { guidText } from "../ldap/windows-values.js";
import { toChanges, type ChangePage, type ChangeSource } from "./change-source.js";
import { ShowDeletedControl } from "./controls.js";
import { rejected } from "../delta-tokens.js";
import type { UsnToken } from "./delta-token.js";

/**
 * Changes by the number that each of them has at this one domain controller (`uSNChanged`).
 * Anybody may ask; who may not look at deleted entries is not told of deletions. Numbers mean
 * nothing at another domain controller, or at the same one after it came back from a backup: both
 * show as another invocation.
 */
export class UpdateNumbers implements ChangeSource<UsnToken> {
  private readonly domain: string;
  private readonly scope: string;
  private readonly now: () => Date;

  constructor(domain: string, scope: string, now: () => Date) {
    this.domain = domain;
    this.scope = scope;
    this.now = now;
  }

  async begin(session: LdapSession) {
    const { server, highest } = await readNumbers(session);
    const found: RawEntry[] = [];
    const filter: LdapFilter = { kind: "present", attribute: "objectClass" };
    const base = `CN=Deleted Objects,${this.domain}`;
    const search = { base, scope: "base", filter, attributes: ["isDeleted"] } as const;
    await session.search(search, found, { controls: [new ShowDeletedControl()] });
    // Its name is no secret: what it holds is shown to those who may read it.
    const reportsDeletions = texts(found[0], "isDeleted").length > 0;
    return { token: this.tokenOf(server, highest), reportsDeletions };
  }

  async *pages(session: LdapSession, token: UsnToken): AsyncGenerator<ChangePage<UsnToken>> {
    const { server, highest } = await readNumbers(session);
    if (server !== token.server) throw rejected("it is of another domain controller, or of before");
    const from = BigInt(token.usn);
    if (highest < from) throw rejected("the domain controller counts from before it");
    const number = Buffer.from(String(from + 1n));
    const filter: LdapFilter = { kind: "atLeast", attribute: "uSNChanged", value: number };
    const search = {
      base: this.domain, scope: "sub", filter,
      attributes: ["objectGUID", "isDeleted", "uSNCreated"],
    } as const;
    for await (const page of session.pages(search, [new ShowDeletedControl()])) {
      yield { ...toChanges(page, (entry, id) => changeOf(entry, id, from)), token };
    }
    yield { changes: [], nameless: [], token: this.tokenOf(server, highest) };
  }

  private tokenOf(server: string, usn: bigint): UsnToken {
    const at = this.now().toISOString();
    return { version: 1, way: "usn", scope: this.scope, at, server, usn: String(usn) };
  }
}

/** The invocation of the domain controller, and the highest number it has given. */
async function readNumbers(
  session: LdapSession,
): Promise<{ readonly server: string; readonly highest: bigint }> {
  const root = await session.readEntry("", ["dsServiceName", "highestCommittedUSN"]);
  const [name] = texts(root, "dsServiceName");
  const [highest] = texts(root, "highestCommittedUSN");
  const service = name === undefined ? undefined : await session.readEntry(name, ["invocationId"]);
  const [bytes] = service === undefined ? [] : (valuesOf(service, "invocationId") ?? []);
  const server = bytes === undefined ? undefined : guidText(bytes);
  if (server !== undefined && highest !== undefined && /^\d+$/.test(highest)) {
    return { server, highest: BigInt(highest) };
  }
  const why = "the server does not tell its invocation and the number of its last change";
  throw new ConnectorError("stop", "MISCONFIGURED", why);
}

function changeOf(entry: RawEntry, id: string, from: bigint): EntryChange {
  const [created] = texts(entry, "uSNCreated");
  const isNew = created !== undefined && /^\d+$/.test(created) && BigInt(created) > from;
  const isDeleted = texts(entry, "isDeleted")[0] === "TRUE";
  // A number does not say what changed: of an older entry it may be the name.
  return { id, isDeleted, mayBeRenamed: !isNew };
}
