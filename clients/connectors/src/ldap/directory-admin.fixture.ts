import { parseDn } from "./dn.js";
import { ldapConfigurationSchema } from "./configuration.js";
import { standardDialect } from "./dialect.js";
import { hostOf } from "./fixtures.js";
import type { TestDirectory } from "./directory.fixture.js";
import { LdapSession, prepareSignIn } from "./session.js";
import {
  sendAdd, sendDelete, sendModify, sendRename, type Modification,
} from "./write-requests.js";

/** What only an administrator of the directory does: units, rights, anything to any entry. */
export class DirectoryAdmin implements AsyncDisposable {
  private readonly session: LdapSession;

  private constructor(session: LdapSession) {
    this.session = session;
  }

  static async open(directory: TestDirectory): Promise<DirectoryAdmin> {
    const settings = ldapConfigurationSchema.parse(directory.settings());
    const signIn = await prepareSignIn(standardDialect, settings, hostOf(directory.secrets));
    return new DirectoryAdmin(await LdapSession.open(signIn, new AbortController().signal));
  }

  async add(dn: string, attributes: Readonly<Record<string, readonly string[]>>): Promise<void> {
    const raw = Object.entries(attributes).map(([name, values]) =>
      ({ name, values: values.map((value) => Buffer.from(value)) }));
    this.session.demand("write", await sendAdd(this.session, dn, raw), `adding ${dn}`);
  }

  addUnit(dn: string): Promise<void> {
    return this.add(dn, { objectClass: ["organizationalUnit"] });
  }

  async modify(
    dn: string, operation: Modification["operation"], name: string, values: readonly string[],
  ): Promise<void> {
    const change = { operation, name, values: values.map((value) => Buffer.from(value)) };
    this.session.demand("write", await sendModify(this.session, dn, [change]), `changing ${dn}`);
  }

  async rename(from: string, to: string): Promise<void> {
    const result = await sendRename(this.session, parseDn(from) ?? [], parseDn(to) ?? []);
    this.session.demand("write", result, `renaming to ${to}`);
  }

  async remove(dn: string): Promise<void> {
    this.session.demand("write", await sendDelete(this.session, dn), `deleting ${dn}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.session.close();
  }
}
