import { randomBytes } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { codeOf, JoineryError } from "@joinery/kit";
import { readIfThere } from "@joinery/kit/services";
import type { LaunchTask } from "./arguments.js";
import type { LaunchConfig } from "./config.js";
import { callCrypto, type CryptoPlace } from "./crypto-calls.js";
import { RunningList } from "./leftovers.js";
import { openLauncherLog } from "./log-files.js";
import { keepMore, type OwnerCredentials } from "./owner.js";
import { internalKeyFileOf } from "./secrets.js";
import { Stack, type StackEvent } from "./stack.js";

export type Command = Extract<LaunchTask, { kind: "recover" | "add" }>;

/** What a command made, and the file that keeps it. */
export interface Handed {
  readonly credentials: OwnerCredentials;
  readonly file: string;
}

export interface CommandOptions {
  readonly config: LaunchConfig;
  readonly environment: NodeJS.ProcessEnv;
  readonly onEvent: (event: StackEvent) => void;
  /** Gives the command up. */
  readonly signal: AbortSignal;
}

const startPatienceMs = 120_000;

/**
 * Does what only whoever has the machine may do: through the Joinery that runs on the data folder,
 * else through one that is started for it, out of sight, and stopped again. Throws
 * INSTALLATION_MISSING where there was never one, and what `crypto` refuses.
 */
export async function runCommand(command: Command, options: CommandOptions): Promise<Handed> {
  const { dataFolder } = options.config;
  const keyFile = internalKeyFileOf(dataFolder);
  if ((await readIfThere(keyFile)) === undefined) {
    const message = `there is no Joinery in ${dataFolder}: start it once, or set ` +
      "JOINERY_DATA_FOLDER";
    throw new JoineryError("INSTALLATION_MISSING", message);
  }
  const log = await openLauncherLog(dataFolder);
  const stack = new Stack({ ...options, log, config: { ...options.config, ...outOfSight } });
  options.signal.addEventListener("abort", () => void stack.stop());
  const { signal } = options;
  try {
    const address = await startOrFind(stack, dataFolder, signal);
    const credentials = await perform(command, { address, keyFile, signal });
    return { credentials, file: await keepMore(dataFolder, credentials) };
  } finally {
    await stack.stop();
  }
}

const outOfSight = { host: "127.0.0.1", port: 0 } as const;

/** Where `crypto` answers, started for it unless a launcher has the folder. */
async function startOrFind(
  stack: Stack,
  dataFolder: string,
  signal: AbortSignal,
): Promise<string> {
  try {
    await stack.start();
  } catch (error) {
    if (codeOf(error) === "DATA_FOLDER_IN_USE") return findRunning(dataFolder, signal, error);
    throw error;
  }
  return stack.internalUrls.crypto ?? "";
}

async function findRunning(folder: string, signal: AbortSignal, cause: unknown): Promise<string> {
  const list = new RunningList(folder);
  const giveUpAt = performance.now() + startPatienceMs;
  for (;;) {
    const address = await list.findCrypto();
    if (address !== undefined) return address;
    if (signal.aborted || performance.now() > giveUpAt) throw cause;
    await delay(250, undefined, { signal }).catch(() => undefined);
  }
}

async function perform(command: Command, place: CryptoPlace): Promise<OwnerCredentials> {
  if (command.kind === "recover") {
    const { email, organisation } = command;
    const input = { email, slug: organisation };
    const { slug, password } = await callCrypto(place, "recoverOperator", input);
    return { organisation: slug, email, password };
  }
  const { name, owner, slug } = command;
  const password = randomBytes(18).toString("base64url");
  const person = { email: owner, name: owner, password };
  const made = await callCrypto(place, "createOrganisation", { name, slug, owner: person });
  return { organisation: made.slug, email: owner, password };
}
