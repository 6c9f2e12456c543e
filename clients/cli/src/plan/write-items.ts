import { createWriteStream } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { PlanItemDetailsFragment } from "@joinery/sdk";
import { CliError } from "../failure.js";
import type { Out } from "../surroundings.js";
import type { ItemText } from "./item-text.js";

const chunkCharacters = 65_536;

export interface WriteOptions {
  /** Where to; a file appears only once it is whole, readable by its owner only. */
  readonly to: Out | string;
  readonly signal: AbortSignal;
  /** Told now and then how many are written. */
  readonly onProgress: (items: number) => void;
}

/**
 * Writes items as they come, however many there are; the next are asked for when the last are
 * taken. Answers how many. Throws FILE_UNWRITABLE, and leaves no file then.
 */
export async function writeItems(
  items: AsyncIterable<PlanItemDetailsFragment>,
  text: ItemText,
  { to, signal, onProgress }: WriteOptions,
): Promise<number> {
  let written = 0;
  async function* chunks(): AsyncGenerator<string> {
    let chunk = text.head;
    for await (const item of items) {
      chunk += text.of(item);
      written += 1;
      if (written % 10_000 === 0) onProgress(written);
      if (chunk.length < chunkCharacters) continue;
      yield chunk;
      chunk = "";
    }
    if (chunk !== "") yield chunk;
  }
  const source = () => Readable.from(chunks(), { objectMode: true, highWaterMark: 1 });
  if (typeof to === "string") await intoFile(to, source(), signal);
  else await pipeline(source(), to, { signal, end: false });
  return written;
}

async function intoFile(file: string, source: Readable, signal: AbortSignal): Promise<void> {
  const part = `${file}.part`;
  try {
    await pipeline(source, createWriteStream(part, { mode: 0o600 }), { signal });
    await rename(part, file);
  } catch (cause) {
    await rm(part, { force: true });
    if (!(cause instanceof Error) || !("syscall" in cause)) throw cause;
    const code = "code" in cause ? String(cause.code) : "unknown";
    throw new CliError("FILE_UNWRITABLE", `cannot write ${file}: ${code}`, { cause });
  }
}
