import { afterAll, beforeAll, describe } from "vitest";
import type {
  Connector,
  ConnectorChange,
  ConnectorObject,
  ConnectorValue,
  ConnectorWrite,
  WriteResult,
} from "../connector.js";
import { slapdMissing, startSlapd, type Slapd, type SlapdOptions } from "../testing/slapd.js";
import { baseLdif, connectLdap, settingsFor } from "./fixtures.js";

export const signal: AbortSignal = new AbortController().signal;

/** A real directory server and a connector to it, for the tests of one file. */
export class TestDirectory {
  private readonly options: SlapdOptions;
  private running: { readonly slapd: Slapd; readonly connector: Connector } | undefined;

  constructor(options: SlapdOptions = {}) {
    this.options = options;
  }

  get slapd(): Slapd {
    return this.up().slapd;
  }

  get connector(): Connector {
    return this.up().connector;
  }

  get secrets(): Readonly<Record<string, string>> {
    return { admin: this.slapd.adminPassword, reader: "the reader's password" };
  }

  settings(): Record<string, unknown> {
    return settingsFor(this.slapd);
  }

  connect(settings: Record<string, unknown>): Promise<Connector> {
    return connectLdap({ ...this.settings(), ...settings }, this.secrets);
  }

  async start(): Promise<void> {
    const slapd = await startSlapd({ ldif: baseLdif, ...this.options });
    const connector = await connectLdap(settingsFor(slapd), { admin: slapd.adminPassword });
    this.running = { slapd, connector };
  }

  async stop(): Promise<void> {
    await this.running?.connector.close();
    await this.running?.slapd.stop();
  }

  async write(
    writes: readonly ConnectorWrite[],
    to = this.connector,
  ): Promise<readonly WriteResult[]> {
    return (await to.writes?.write(writes, signal)) ?? [];
  }

  /** The objects of writes that all must succeed. */
  async created(
    writes: readonly ConnectorWrite[],
    to = this.connector,
  ): Promise<ConnectorObject[]> {
    return (await this.write(writes, to)).map((result) => {
      if (result.ok && result.object !== undefined) return result.object;
      throw new Error(JSON.stringify(result));
    });
  }

  async createdOne(write: ConnectorWrite, to = this.connector): Promise<ConnectorObject> {
    return (await this.created([write], to))[0] as ConnectorObject;
  }

  private up(): { readonly slapd: Slapd; readonly connector: Connector } {
    if (this.running === undefined) throw new Error("the directory is not up");
    return this.running;
  }
}

/** Tests that need slapd: skipped, with the reason in the title, where it is not installed. */
export function describeWithSlapd(title: string, tests: () => void): void {
  const missing = slapdMissing();
  const reason = missing === undefined ? "" : ` (skipped: ${missing})`;
  describe.skipIf(missing !== undefined)(`${title}${reason}`, () => { tests(); });
}

export function describeDirectory(
  title: string, tests: (directory: TestDirectory) => void, options: SlapdOptions = {},
): void {
  describeWithSlapd(title, () => {
    const directory = new TestDirectory(options);
    beforeAll(() => directory.start());
    afterAll(() => directory.stop());
    tests(directory);
  });
}

export function createUser(
  uid: string,
  attributes: Readonly<Record<string, ConnectorValue>> = {},
): ConnectorWrite & { readonly operation: "create" } {
  return {
    operation: "create",
    id: `create ${uid}`,
    kind: "user",
    attributes: { uid, cn: [`${uid} cn`], sn: [`${uid} sn`], ...attributes },
  };
}

export function createGroup(
  cn: string,
  attributes: Readonly<Record<string, ConnectorValue>> = {},
): ConnectorWrite {
  return {
    operation: "create",
    id: `create ${cn}`,
    kind: "group",
    attributes: { cn: [cn], ...attributes },
  };
}

export function update(
  { kind, anchor, name }: ConnectorObject,
  changes: Readonly<Record<string, ConnectorChange>>,
  enabled?: boolean,
): ConnectorWrite {
  const state = enabled === undefined ? {} : { enabled };
  return { operation: "update", id: `update ${anchor}`, kind, anchor, name, changes, ...state };
}

export function remove({ kind, anchor, name }: ConnectorObject): ConnectorWrite {
  return { operation: "delete", id: `delete ${anchor}`, kind, anchor, name };
}

export function members(
  { anchor, name }: ConnectorObject,
  add: readonly string[],
  drop: readonly string[],
): ConnectorWrite {
  return { operation: "members", id: `members ${anchor}`, anchor, name, add, remove: drop };
}

/** How each write ended, in a word: `done`, `already` or the code. */
export function outcomes(results: readonly WriteResult[]): readonly string[] {
  return results.map((each) => {
    if (!each.ok) return each.code;
    return each.already === true ? "already" : "done";
  });
}
