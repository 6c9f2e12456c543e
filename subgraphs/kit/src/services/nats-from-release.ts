import { createHash } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { EnvHttpProxyAgent, fetch } from "undici";
import { JoineryError } from "../errors.js";
import type { Log } from "../log.js";
import type { ServicesConfig } from "./config.js";
import { installProgram } from "./install-program.js";
import { run } from "./run.js";

export interface PinnedRelease {
  version: string;
  /** SHA-256 of `nats-server-v<version>-<platform>.tar.gz`, by platform as NATS names it. */
  sha256: Readonly<Record<string, string>>;
}

/**
 * The pinned release. The sums are those that the vendor's own container images check before
 * they unpack the same archives. Only platforms whose sum is known from there are listed: for
 * macOS there is Homebrew.
 */
export const pinnedRelease: PinnedRelease = {
  version: "2.12.7",
  sha256: {
    "linux-amd64": "570d2d627db111e679cc1e6bc57ba78f373ed1769acd8dc9c21c8f62d15b3c52",
    "linux-arm64": "3b9a79986778285c0e5acaba0b1218b72f6159db68fe5b8916a7d846240f9f22",
  },
};

const releases = "https://github.com/nats-io/nats-server/releases/download";

/** Several times the size of any release so far. */
const largestArchive = 64 * 1024 * 1024;

/**
 * Fetches the official release archive, through the proxy that the environment names, and unpacks
 * it only if its SHA-256 is the pinned one.
 */
export async function fetchRelease(
  folder: string,
  config: ServicesConfig,
  _log: Log,
  release: PinnedRelease = pinnedRelease,
  base: string = releases,
): Promise<string> {
  const platform = `${process.platform}-${process.arch === "x64" ? "amd64" : process.arch}`;
  const wanted = release.sha256[platform];
  if (!wanted) throw failed(`no checksum is pinned for ${platform}`);
  const name = `nats-server-v${release.version}-${platform}`;
  const archive = await download(`${base}/v${release.version}/${name}.tar.gz`);
  const found = createHash("sha256").update(archive).digest("hex");
  if (found !== wanted) throw failed(`the archive's SHA-256 is ${found}, not ${wanted}`);
  const work = await mkdtemp(join(folder, "release-"));
  try {
    const file = join(work, "archive.tar.gz");
    await writeFile(file, archive);
    const options = { env: config.downloadEnvironment, timeoutMs: 60_000 };
    const done = await run("tar", ["-xzf", file, "-C", work], options);
    if (done.code !== 0) throw failed(`tar said ${done.stderr.slice(0, 200)}`);
    return await installProgram(join(work, name, "nats-server"), folder, "nats-server");
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

async function download(url: string): Promise<Buffer> {
  const dispatcher = new EnvHttpProxyAgent();
  try {
    const response = await fetch(url, { dispatcher, signal: AbortSignal.timeout(180_000) });
    if (!response.ok || !response.body) throw failed(`${url} answered ${response.status}`);
    const parts: Uint8Array[] = [];
    let size = 0;
    for await (const part of response.body) {
      const bytes = part as Uint8Array;
      size += bytes.byteLength;
      if (size > largestArchive) throw failed(`${url} is larger than any release`);
      parts.push(bytes);
    }
    return Buffer.concat(parts);
  } catch (error) {
    if (error instanceof JoineryError) throw error;
    const cause = error instanceof Error ? (error.cause ?? error) : error;
    const code = cause instanceof Error && "code" in cause ? String(cause.code) : "no answer";
    throw failed(`${url} cannot be fetched (${code})`, error);
  } finally {
    await dispatcher.close();
  }
}

function failed(reason: string, cause?: unknown): JoineryError {
  return new JoineryError("NATS_NOT_FETCHED", reason, {}, { cause });
}
