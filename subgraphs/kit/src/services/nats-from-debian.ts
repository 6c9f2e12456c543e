import { mkdir, mkdtemp, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { JoineryError } from "../errors.js";
import type { Log } from "../log.js";
import type { ServicesConfig } from "./config.js";
import { installProgram } from "./install-program.js";
import { run, type RunResult } from "./run.js";

/**
 * Takes `nats-server` out of the distribution's package without installing it: `apt-get
 * download` (which checks the archive's signatures) and `dpkg-deb -x`. Needs no root.
 *
 * Where the system's package lists are missing (a fresh container) or too old for the mirror,
 * lists are fetched into the work folder. So the system is not changed even by root.
 */
export async function fetchFromDebian(
  folder: string,
  config: ServicesConfig,
  log: Log,
): Promise<string> {
  const work = await mkdtemp(join(folder, "debian-"));
  const apt = (args: readonly string[]) => aptGet(args, work, config);
  try {
    let downloaded = await apt(["download", "nats-server"]);
    if (downloaded.code !== 0) {
      log.info("the package lists lack nats-server; fetching lists of our own");
      const own = await ownLists(work);
      const updated = await apt([...own, "update"]);
      if (updated.code !== 0) throw refused("apt-get update", updated);
      downloaded = await apt([...own, "download", "nats-server"]);
    }
    if (downloaded.code !== 0) throw refused("apt-get download", downloaded);
    return await unpack(work, folder, config);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

async function unpack(work: string, folder: string, config: ServicesConfig): Promise<string> {
  const archive = (await readdir(work)).find((name) => name.endsWith(".deb"));
  if (!archive) throw new JoineryError("NATS_NOT_FETCHED", "apt-get downloaded nothing");
  const options = { cwd: work, env: config.downloadEnvironment, timeoutMs: 60_000 };
  const done = await run("dpkg-deb", ["-x", archive, "files"], options);
  if (done.code !== 0) throw refused("dpkg-deb", done);
  return installProgram(join(work, "files/usr/sbin/nats-server"), folder, "nats-server");
}

/** The system's sources and keys, with lists and caches in our work folder. */
async function ownLists(work: string): Promise<string[]> {
  const state = join(work, "state");
  const cache = join(work, "cache");
  await mkdir(join(state, "lists/partial"), { recursive: true });
  await mkdir(join(cache, "archives/partial"), { recursive: true });
  return [
    `Dir::State=${state}`,
    "Dir::State::status=/var/lib/dpkg/status",
    `Dir::State::lists=${join(state, "lists")}/`,
    `Dir::Cache=${cache}`,
    "Acquire::Languages=none",
    "Acquire::Retries=2",
    "APT::Update::Post-Invoke::=",
  ].flatMap((option) => ["-o", option]);
}

function aptGet(
  args: readonly string[],
  work: string,
  config: ServicesConfig,
): Promise<RunResult> {
  // Root's apt would hand downloads to the user _apt, who cannot enter our folder.
  const asRoot = process.getuid?.() === 0 ? ["-o", "APT::Sandbox::User=root"] : [];
  const options = { cwd: work, env: config.downloadEnvironment, timeoutMs: 240_000 };
  return run("apt-get", ["-q", ...asRoot, ...args], options);
}

function refused(what: string, result: RunResult): JoineryError {
  const said = result.stderr.trim().split("\n").slice(-2).join(" ").slice(0, 300);
  return new JoineryError("NATS_NOT_FETCHED", `${what} failed: ${said || "no output"}`);
}
