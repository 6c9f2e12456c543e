import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Connector, ConnectorHost } from "../connector.js";
import { csvKind } from "./csv-kind.js";

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
