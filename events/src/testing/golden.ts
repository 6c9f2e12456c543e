import { Buffer } from "node:buffer";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { allContracts, type EventContract } from "../contract.js";
import type { Envelope } from "../envelope.js";
import { packPayload } from "../payload.js";
import { encodeMessage } from "../wire.js";
import { samplesOf } from "./samples.js";

/** What was once sent and must be read for ever. One file per contract and version. */
export interface Golden {
  readonly name: string;
  readonly version: number;
  /** With everything optional, with nothing optional, and with each alternative of each union. */
  readonly payloads: readonly unknown[];
  /** Base64 of a whole message of the broker with the first payload, packed and not sealed. */
  readonly wire: string;
}

const folder = fileURLToPath(new URL("../../golden/", import.meta.url));

export function readGoldens(): readonly Golden[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((file) => file.endsWith(".json"))
    .sort()
    .map((file) => JSON.parse(readFileSync(join(folder, file), "utf8")) as Golden);
}

/** Writes the files that are missing and touches no other. Answers the contracts they are for. */
export async function writeMissingGoldens(): Promise<string[]> {
  mkdirSync(folder, { recursive: true });
  const written: string[] = [];
  for (const contract of allContracts()) {
    const file = join(folder, `${contract.name}.v${contract.version}.json`);
    if (existsSync(file)) continue;
    const golden = await goldenOf(contract);
    writeFileSync(file, `${JSON.stringify(golden, null, 2)}\n`);
    written.push(`${contract.name} v${contract.version}`);
  }
  return written;
}

export async function goldenOf(contract: EventContract): Promise<Golden> {
  const { name, version } = contract;
  const payloads = samplesOf(contract.schema);
  for (const payload of payloads) contract.parse(payload);
  const sealed = await packPayload(payloads[0]);
  const wire = encodeMessage({ epoch: 1, seq: 7, envelope: goldenEnvelope(contract), sealed });
  return { name, version, payloads, wire: Buffer.from(wire).toString("base64") };
}

export function goldenEnvelope({ name, version, channels }: EventContract): Envelope {
  return {
    id: "0192f0c1-2b3c-7d4e-8f50-617283940a1b",
    name,
    version,
    tenant: "0123456789abcdef",
    channel: channels[0],
    occurredAt: "2026-01-02T03:04:05.006Z",
    actor: { kind: "system", id: "golden" },
    correlation: "golden-run",
    traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    wave: { id: "golden-wave", batch: 3 },
  };
}
