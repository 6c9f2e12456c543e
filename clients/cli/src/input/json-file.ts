import { readFile, stat } from "node:fs/promises";
import { CliError } from "../failure.js";

const fileBytesMax = 32 * 1_048_576;

/**
 * A file that holds one JSON object, with or without byte order mark. Throws FILE_UNREADABLE and
 * FILE_NOT_JSON with the place of the mistake.
 */
export async function readJsonFile(file: string): Promise<Readonly<Record<string, unknown>>> {
  const text = (await readText(file)).replace(/^\ufeff/, "");
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    const message = `${file} is no JSON${placeOf(cause, text)}`;
    throw new CliError("FILE_NOT_JSON", message, { cause });
  }
  if (isRecord(value)) return value;
  throw new CliError("FILE_NOT_JSON", `${file} holds no JSON object`);
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

async function readText(file: string): Promise<string> {
  try {
    const { size } = await stat(file);
    if (size > fileBytesMax) {
      throw new CliError("FILE_UNREADABLE", `${file} holds more than ${fileBytesMax} bytes`);
    }
    return await readFile(file, "utf8");
  } catch (cause) {
    if (cause instanceof CliError) throw cause;
    const code = cause instanceof Error && "code" in cause ? String(cause.code) : "unknown";
    throw new CliError("FILE_UNREADABLE", `cannot read ${file}: ${code}`, { cause });
  }
}

/** V8 says an offset for most mistakes; people look for a line. */
function placeOf(error: unknown, text: string): string {
  const offset = /at position (\d+)/.exec(error instanceof Error ? error.message : "")?.[1];
  if (offset === undefined) return "";
  const before = text.slice(0, Number(offset)).split("\n");
  return `: line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1}`;
}

/** The text of this name; undefined where it is none. */
export function textIn(
  file: Readonly<Record<string, unknown>>,
  name: string,
): string | undefined {
  const value = file[name];
  return typeof value === "string" ? value : undefined;
}
