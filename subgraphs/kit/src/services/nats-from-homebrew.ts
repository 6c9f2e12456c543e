import { mkdir, mkdtemp, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { JoineryError } from "../errors.js";
import type { ServicesConfig } from "./config.js";
import { installProgram } from "./install-program.js";
import { run, type RunResult } from "./run.js";

/**
 * Takes `nats-server` out of Homebrew's bottle without installing it: `brew fetch` downloads and
 * checks it into Homebrew's own cache, we unpack a copy.
 */
export async function fetchFromHomebrew(folder: string, config: ServicesConfig): Promise<string> {
  const env = { ...config.downloadEnvironment, HOMEBREW_NO_AUTO_UPDATE: "1" };
  const brew = (args: readonly string[]) => run("brew", args, { env, timeoutMs: 300_000 });
  const fetched = await brew(["fetch", "--quiet", "nats-server"]);
  if (fetched.code !== 0) throw refused("brew fetch", fetched);
  const bottle = (await brew(["--cache", "nats-server"])).stdout.trim().split("\n").at(-1) ?? "";
  const work = await mkdtemp(join(folder, "homebrew-"));
  try {
    await mkdir(join(work, "files"));
    const options = { env, timeoutMs: 60_000 };
    const done = await run("tar", ["-xzf", bottle, "-C", join(work, "files")], options);
    if (done.code !== 0) throw refused("unpacking the bottle", done);
    const path = (await readdir(work, { recursive: true })).find((each) =>
      /(^|\/)nats-server\/[^/]+\/bin\/nats-server$/.test(each),
    );
    if (!path) throw new JoineryError("NATS_NOT_FETCHED", "the bottle holds no nats-server");
    return await installProgram(join(work, path), folder, "nats-server");
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

function refused(what: string, result: RunResult): JoineryError {
  const said = result.stderr.trim().split("\n").slice(-2).join(" ").slice(0, 300);
  return new JoineryError("NATS_NOT_FETCHED", `${what} failed: ${said || "no output"}`);
}
