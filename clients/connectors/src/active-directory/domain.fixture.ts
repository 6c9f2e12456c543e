import { afterAll, beforeAll, describe, inject } from "vitest";
import type {
  Connector, ConnectorObject, ConnectorValue, ConnectorWrite, Secret, WriteResult,
} from "../connector.js";
import { signal } from "../ldap/directory.fixture.js";
import type {} from "../testing/provided-context.js";
import { readAll, type ReadOutcome } from "../testing/read-all.js";
import { sambaMissing, startSamba, type Samba } from "../testing/samba.js";
import { baseLdif, connectDomain, settingsFor } from "./fixtures.js";

export interface DomainOptions {
  /** Entries besides those folders that all tests have. */
  readonly ldif?: string;
  readonly settings?: Readonly<Record<string, unknown>>;
}

/** A real domain controller and a connector to it, for the tests of one file. */
export class TestDomain {
  private readonly options: DomainOptions;
  private running: { readonly samba: Samba; readonly connector: Connector } | undefined;

  constructor(options: DomainOptions) {
    this.options = options;
  }

  get samba(): Samba {
    return this.up().samba;
  }

  get connector(): Connector {
    return this.up().connector;
  }

  async start(): Promise<void> {
    const ldif = baseLdif + (this.options.ldif ?? "");
    const samba = await startSamba({ template: inject("sambaTemplate"), ldif });
    const settings = { ...settingsFor(samba), ...this.options.settings };
    this.running = {
      samba, connector: await connectDomain(settings, { admin: samba.adminPassword }),
    };
  }

  async stop(): Promise<void> {
    await this.running?.connector.close();
    await this.running?.samba.stop();
  }

  /** A connector with other settings, or by another account's password. */
  connect(
    settings: Readonly<Record<string, unknown>>, password = this.samba.adminPassword,
  ): Promise<Connector> {
    const all = { ...settingsFor(this.samba), ...this.options.settings, ...settings };
    return connectDomain(all, { admin: password });
  }

  async write(
    writes: readonly ConnectorWrite[], to = this.connector,
  ): Promise<readonly WriteResult[]> {
    return (await to.writes?.write(writes, signal)) ?? [];
  }

  /** The objects of writes that all must succeed. */
  async done(writes: readonly ConnectorWrite[], to = this.connector): Promise<ConnectorObject[]> {
    return (await this.write(writes, to)).map((result) => {
      if (result.ok && result.object !== undefined) return result.object;
      throw new Error(JSON.stringify(result));
    });
  }

  async one(write: ConnectorWrite, to = this.connector): Promise<ConnectorObject> {
    return (await this.done([write], to))[0] as ConnectorObject;
  }

  read(): Promise<ReadOutcome> {
    return readAll(this.connector);
  }

  async find(anchor: string): Promise<ConnectorObject | undefined> {
    return (await this.read()).objects.find((object) => object.anchor === anchor);
  }

  private up(): { readonly samba: Samba; readonly connector: Connector } {
    if (this.running === undefined) throw new Error("the domain controller is not up");
    return this.running;
  }
}

/** Tests that need Samba: skipped, with the reason in the title, where it is not installed. */
export function describeDomain(
  title: string, tests: (domain: TestDomain) => void, options: DomainOptions = {},
): void {
  const missing = sambaMissing();
  const reason = missing === undefined ? "" : ` (skipped: ${missing})`;
  describe.skipIf(missing !== undefined)(`${title}${reason}`, () => {
    const domain = new TestDomain(options);
    beforeAll(() => domain.start());
    afterAll(() => domain.stop());
    tests(domain);
  });
}

export function secretOf(plain: string): Secret {
  return { use: (read) => read(plain) };
}

export const password = "a Password of 2026";

/** Somebody with a password, so enabled. */
export function newUser(
  account: string, attributes: Readonly<Record<string, ConnectorValue>> = {},
): ConnectorWrite & { readonly operation: "create" } {
  return {
    operation: "create", id: `create ${account}`, kind: "user", password: secretOf(password),
    attributes: { cn: account, sAMAccountName: account, ...attributes },
  };
}

export function newGroup(
  account: string, attributes: Readonly<Record<string, ConnectorValue>> = {},
): ConnectorWrite & { readonly operation: "create" } {
  return {
    operation: "create", id: `create ${account}`, kind: "group",
    attributes: { cn: account, sAMAccountName: account, ...attributes },
  };
}
