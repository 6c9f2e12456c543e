import { access, constants, stat, statfs } from "node:fs/promises";
import { delimiter, dirname, join, resolve } from "node:path";
import type { CliConfig } from "../config.js";
import { missing, ok, optional, type Check, type Finding } from "./finding.js";

/** Oldest Node on which Joinery runs; `npm ci` brings a newer one along. */
const leastNode = [22, 22] as const;
const leastFreeBytes = 1024 ** 3;
const goodFreeBytes = 5 * 1024 ** 3;

/** What this machine has, for running Joinery on it. */
export function machineChecks(config: CliConfig, nodeVersion: string): readonly Check[] {
  const folder = resolve(config.dataFolder);
  return [
    { name: "Node", run: () => Promise.resolve(nodeFinding(nodeVersion)) },
    { name: "data folder", run: () => dataFolder(folder) },
    { name: "disk space", run: async () => diskFinding(await freeBytes(folder)) },
    {
      name: "NATS server",
      run: () =>
        program("nats-server", config.path, "npm start fetches one where it is allowed to"),
    },
    {
      name: "slapd",
      run: () =>
        program("slapd", config.path, "only for a demo with a real directory: apt install slapd"),
    },
  ];
}

export function nodeFinding(version: string): Finding {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const isEnough = major > leastNode[0] || (major === leastNode[0] && minor >= leastNode[1]);
  if (isEnough) return ok(version);
  return missing(
    `${version}, and ${leastNode.join(".")} is the oldest that will do`,
    "run it through npm (npx joinery …), which uses the Node that npm ci brought",
  );
}

async function dataFolder(folder: string): Promise<Finding> {
  const found = await stat(folder).catch(() => null); // Whatever the reason: not for us.
  if (found === null)
    return optional(
      `${folder} is not there`,
      "npm start makes it, here or where JOINERY_DATA_FOLDER says",
    );
  if (!found.isDirectory()) return missing(`${folder} is no folder`, "set JOINERY_DATA_FOLDER");
  const isWritable = await access(folder, constants.R_OK | constants.W_OK | constants.X_OK).then(
    () => true,
    () => false,
  );
  if (!isWritable)
    return missing(`${folder} belongs to somebody else`, `chown it, or set JOINERY_DATA_FOLDER`);
  return ok(folder);
}

/** Of the file system that the folder is on, or will be. */
async function freeBytes(folder: string): Promise<number> {
  try {
    const { bavail, bsize } = await statfs(folder);
    return bavail * bsize;
  } catch (error) {
    const parent = dirname(folder);
    if (parent === folder) throw error;
    return freeBytes(parent);
  }
}

export function diskFinding(bytes: number): Finding {
  const said = `${(bytes / 1024 ** 3).toFixed(1)} GiB free`;
  if (bytes < leastFreeBytes)
    return missing(said, "free at least 1 GiB: PostgreSQL stops without room");
  if (bytes < goodFreeBytes) return optional(said, "5 GiB leave room for a first large import");
  return ok(said);
}

async function program(name: string, path: string, todo: string): Promise<Finding> {
  // Debian keeps servers where a person's PATH does not look.
  const folders = [...path.split(delimiter), "/usr/sbin", "/usr/local/sbin"].filter((one) => one);
  for (const folder of folders) {
    const file = join(folder, name);
    if (
      await access(file, constants.X_OK).then(
        () => true,
        () => false,
      )
    )
      return ok(file);
  }
  return optional("not on the PATH", todo);
}
