import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type {
  Connector, ConnectorHost, ConnectorMember, ConnectorObject, ConnectorSkip,
} from "../connector.js";
import { ConnectorError } from "../connector.js";
import { csvKind } from "./csv-kind.js";

/** What a read gave before it ended, and how it ended. */
export interface ReadOutcome {
  readonly objects: ConnectorObject[];
  readonly members: ConnectorMember[];
  readonly skips: ConnectorSkip[];
  readonly error?: ConnectorError;
}

export async function readAll(connector: Connector, batchSizeMax = 100): Promise<ReadOutcome> {
  const outcome = {
    objects: [] as ConnectorObject[],
    members: [] as ConnectorMember[],
    skips: [] as ConnectorSkip[],
  };
  const signal = new AbortController().signal;
  try {
    for await (const batch of connector.reads?.read({ signal, batchSizeMax }) ?? []) {
      if (batch.type === "objects") outcome.objects.push(...batch.objects);
      else if (batch.type === "members") outcome.members.push(...batch.members);
      else outcome.skips.push(...batch.skips);
    }
    return outcome;
  } catch (error) {
    if (error instanceof ConnectorError) return { ...outcome, error };
    throw error;
  }
}

/** A files folder of its own, with what a CSV connector needs. */
export class CsvFolder implements AsyncDisposable {
  readonly path: string;
  readonly host: ConnectorHost;

  private constructor(path: string) {
    this.path = path;
    this.host = {
      filesRoot: path,
      secret: (name) => Promise.reject(new Error(`no secret ${name}`)),
    };
  }

  static async make(): Promise<CsvFolder> {
    return new CsvFolder(await mkdtemp(join(tmpdir(), "joinery-csv-")));
  }

  async put(name: string, content: string | Buffer): Promise<string> {
    const path = join(this.path, name);
    await writeFile(path, content);
    return path;
  }

  connect(settings: Record<string, unknown>): Promise<Connector> {
    const configuration = { path: "people.csv", anchor: "id", ...settings };
    const problems = csvKind.validate(configuration);
    if (problems.length > 0) throw new Error(JSON.stringify(problems));
    return csvKind.create(configuration, this.host);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.path, { recursive: true, force: true });
  }
}

export function create(
  attributes: Record<string, string | string[]>,
  kind: "user" | "group" = "user",
) {
  return {
    operation: "create" as const,
    id: `create-${String(attributes["id"])}`,
    kind,
    attributes,
  };
}
