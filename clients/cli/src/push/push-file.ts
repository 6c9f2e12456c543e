import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import { parse } from "csv-parse";
import { CliError } from "../failure.js";
import { ofJson, ofRow, unfit, type PushLine } from "./push-line.js";

export const pushFormats = ["jsonl", "csv"] as const;
export type PushFormat = (typeof pushFormats)[number];

/** By the ending of its name: `.csv`, else JSON lines. */
export function formatOf(file: string): PushFormat {
  return /\.csv$/i.test(file) ? "csv" : "jsonl";
}

/**
 * The objects of a file, read as they are wanted. Throws FILE_UNREADABLE, and PUSH_FILE_INVALID
 * with the line.
 */
export async function* readPushFile(
  file: string,
  format: PushFormat,
  kind: string,
  signal: AbortSignal,
): AsyncGenerator<PushLine> {
  const bytes = createReadStream(file, { signal });
  try {
    yield* format === "csv" ? ofCsv(bytes, kind) : ofJsonLines(bytes, kind);
  } catch (cause) {
    signal.throwIfAborted();
    if (cause instanceof CliError) throw cause;
    const code = cause instanceof Error && "code" in cause ? String(cause.code) : "unknown";
    if (code.startsWith("CSV_")) throw csvRefusal(cause, code);
    throw new CliError("FILE_UNREADABLE", `cannot read ${file}: ${code}`, { cause });
  } finally {
    bytes.destroy();
  }
}

async function* ofJsonLines(
  bytes: NodeJS.ReadableStream,
  kind: string,
): AsyncGenerator<PushLine> {
  let line = 0;
  for await (const text of createInterface({ input: bytes, crlfDelay: Infinity })) {
    line += 1;
    const json = text.replace(/^\ufeff/, "").trim();
    if (json !== "") yield ofJson(parsed(json, line), line, kind);
  }
}

function parsed(json: string, line: number): unknown {
  try {
    return JSON.parse(json);
  } catch {
    throw unfit(line, "is no JSON"); // The library would quote it.
  }
}

async function* ofCsv(bytes: NodeJS.ReadableStream, kind: string): AsyncGenerator<PushLine> {
  const rows = bytes.pipe(parse({
    columns: (header: string[]) => distinctColumns(header), bom: true, info: true,
    skip_empty_lines: true, max_record_size: 1_048_576,
  }));
  // What breaks the file's stream is to break this one.
  bytes.on("error", (error: Error) => rows.destroy(error));
  for await (const { record, info } of rows as AsyncIterable<{
    record: Readonly<Record<string, string>>;
    info: { readonly lines: number };
  }>) {
    yield ofRow(record, info.lines, kind);
  }
}

function distinctColumns(header: readonly string[]): string[] {
  const names = header.map((name) => name.trim());
  if (!names.includes("externalId")) throw unfit(1, "names no column externalId");
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  if (twice !== undefined) throw unfit(1, `names the column ${JSON.stringify(twice)} twice`);
  return names;
}

/** The library's message may quote the row. */
function csvRefusal(cause: unknown, code: string): CliError {
  const { lines = 0 } = cause as { lines?: number };
  return unfit(lines, `is no CSV as it should be (${code})`);
}
