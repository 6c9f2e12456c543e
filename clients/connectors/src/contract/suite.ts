import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { connectorErrorCodes, connectorErrorKinds } from "../connector.js";
import { changePromises } from "./changing.js";
import { listenPromises } from "./listening.js";
import { readingPromises } from "./reading.js";
import type { ContractOptions, ContractSubject } from "./subject.js";
import { ContractWorld } from "./world.js";
import { groupPromises } from "./groups.js";
import { valuePromises } from "./values.js";
import { writingPromises } from "./writing.js";

/**
 * What every connector promises, as tests. Call it at the top of a test file; the system under
 * test is opened once and shared, so each promise brings objects of its own.
 */
export function describeConnector(options: ContractOptions): void {
  describeWorld(options, (ofWorld) => {
    readingPromises(ofWorld);
    writingPromises(ofWorld, options);
    valuePromises(ofWorld, options);
    if (options.kinds.includes("group")) groupPromises(ofWorld);
    if (options.hasChanges === true) changePromises(ofWorld, options);
    if (options.listens === true) listenPromises(ofWorld);
    misfitPromises(options);
  });
}

/** What a connector promises that reports changes, alone: for another way to the same system. */
export function describeChanges(options: ContractOptions): void {
  describeWorld(options, (ofWorld) => { changePromises(ofWorld, options); });
}

function describeWorld(
  options: ContractOptions, promises: (ofWorld: () => ContractWorld) => void,
): void {
  const { skip } = options;
  const reason = skip === undefined ? "" : ` (skipped: ${skip})`;
  describe.skipIf(skip !== undefined)(`the connector ${options.name}${reason}`, () => {
    let subject: ContractSubject;
    let world: ContractWorld;
    beforeAll(async () => {
      subject = await options.open();
      world = new ContractWorld(options, subject);
    });
    afterAll(async () => {
      await subject.connector.close();
      await subject.close();
    });
    promises(() => world);
  });
}

function misfitPromises({ misfits = [] }: ContractOptions): void {
  test.for(misfits)(
    "$name fails with $kind $code, in check, read and write",
    async ({ connect, kind, code }) => {
      expect(connectorErrorKinds).toContain(kind);
      expect(connectorErrorCodes).toContain(code);
      const { signal } = new AbortController();
      const connector = await connect();
      const read = async (): Promise<void> => {
        for await (const _ of connector.reads?.read({ signal, batchSizeMax: 10 }) ?? []);
      };
      const nobody = {
        operation: "delete",
        id: "d",
        kind: "user",
        anchor: "nobody",
        name: "nobody",
      } as const;
      await expect(connector.check(signal)).rejects.toMatchObject({
        name: "ConnectorError",
        kind,
        code,
      });
      await expect(read()).rejects.toMatchObject({ name: "ConnectorError", kind, code });
      await expect(connector.writes?.write([nobody], signal)).rejects.toMatchObject({
        name: "ConnectorError",
        kind,
        code,
      });
      await connector.close();
    },
  );
}
