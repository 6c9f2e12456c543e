import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { formatDn, parseDn } from "../ldap/dn.js";
import { LdapSession, prepareSignIn } from "../ldap/session.js";
import { hostOf } from "../ldap/fixtures.js";
import { sendAdd, sendRename } from "../ldap/write-requests.js";
import { activeDirectoryConfigurationSchema, toLdapConfiguration } from "./configuration.js";
import { activeDirectoryDialect } from "./dialect.js";
import type { TestDomain } from "./domain.fixture.js";
import { domain as suffix, settingsFor } from "./fixtures.js";

const run = promisify(execFile);

/** A bare session, as the administrator or as somebody else. */
export async function openSession(
  domain: TestDomain, bindDn = domain.samba.admin, password = domain.samba.adminPassword,
): Promise<LdapSession> {
  const given = { ...settingsFor(domain.samba), bindDn };
  const settings = activeDirectoryConfigurationSchema.parse(given);
  const signIn = await prepareSignIn(
    activeDirectoryDialect(settings), toLdapConfiguration(settings), hostOf({ admin: password }),
  );
  return LdapSession.open(signIn, new AbortController().signal);
}

/** What only an administrator of the domain does: units, rights. */
export class Directory implements AsyncDisposable {
  private readonly session: LdapSession;
  private readonly domain: TestDomain;

  private constructor(session: LdapSession, domain: TestDomain) {
    this.session = session;
    this.domain = domain;
  }

  static async open(domain: TestDomain): Promise<Directory> {
    return new Directory(await openSession(domain), domain);
  }

  async addUnit(dn: string): Promise<void> {
    const attributes = [{ name: "objectClass", values: [Buffer.from("organizationalUnit")] }];
    this.session.demand("write", await sendAdd(this.session, dn, attributes), "adding a unit");
  }

  async rename(from: string, to: string): Promise<void> {
    const result = await sendRename(this.session, parseDn(from) ?? [], parseDn(to) ?? []);
    this.session.demand("write", result, `renaming to ${formatDn(parseDn(to) ?? [])}`);
  }

  /** "Replicating Directory Changes" on the domain. */
  async allowReplication(account: string): Promise<void> {
    const { objects } = await this.domain.read();
    const found = objects.find((each) => each.attributes["sAMAccountName"] === account);
    const right = "1131f6aa-9c07-11d1-f79f-00c04fc2dcd2";
    const sddl = `(OA;;CR;${right};;${String(found?.attributes["objectSid"])})`;
    await run("samba-tool", [
      "dsacl", "set", "-H", this.domain.samba.database, `--objectdn=${suffix}`, "--action=allow",
      `--sddl=${sddl}`,
    ]);
  }

  /** From here on only administrators can read anything of an entry; it may be a deleted one. */
  async hide(dn: string): Promise<void> {
    const file = join(dirname(this.domain.samba.database), "hide.ldif");
    const acl = "D:P(A;;GA;;;DA)(A;;GA;;;SY)";
    const lines = ["changetype: modify", "replace: nTSecurityDescriptor"];
    await writeFile(file, [`dn: ${dn}`, ...lines, `nTSecurityDescriptor: ${acl}`, ""].join("\n"));
    const controls = ["--controls=show_deleted:1", "--controls=sd_flags:1:4"];
    await run("ldbmodify", ["-H", this.domain.samba.database, ...controls, file]);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.session.close();
  }
}
