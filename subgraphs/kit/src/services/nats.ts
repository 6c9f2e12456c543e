import { createHash } from "node:crypto";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { JoineryError } from "../errors.js";
import type { Log } from "../log.js";
import type { ServicesConfig } from "./config.js";
import { openDataFolder, ownerOf } from "./data-folder.js";
import { holdFolder, type Hold } from "./hold.js";
import { launch, untilReady } from "./launch.js";
import { natsAddress } from "./nats-address.js";
import { natsConfig, natsPidFile, type JetStreamSettings } from "./nats-config.js";
import { findNatsServer, type NatsServerProgram } from "./nats-find.js";
import { readNatsGreeting } from "./nats-greeting.js";
import { isAtLeast, oldestNats } from "./nats-version.js";
import { startOnPort } from "./own-port.js";
import { makeOwned } from "./place.js";
import { freePort } from "./ports.js";
import {
  newSecret,
  readIfThere,
  readServerState,
  writePrivate,
  writeServerState,
  type ServerState,
} from "./private-file.js";
import { commandOf, isAlive, markOf, stopProcess, type ProcessMark } from "./processes.js";
import { canReach, type ServerUser } from "./server-user.js";

export interface NatsOptions {
  /** Holds the store and log (`nats/`), port and token (`nats.json`, 0600) and lock. */
  dataFolder: string;
  /** 0 or absent: the port of the last time, else a free one that is then kept. */
  port?: number | undefined;
  /** An existing server or cluster; nothing is started or stopped then. */
  natsUrl?: string | undefined;
  log: Log;
  jetStream?: JetStreamSettings | undefined;
  /** How long reading a large store may take: 2 minutes by default. */
  startTimeoutMs?: number | undefined;
  config?: ServicesConfig | undefined;
}

export interface NatsServer {
  /** With its token: never log it. The NATS client wants it through `natsAddress`. */
  readonly url: string;
  readonly port: number;
  readonly version: string;
  /** True when the server was running already: it survived us, or `natsUrl` was given. */
  readonly adopted: boolean;
  /** Absent for `natsUrl`. */
  readonly pid: number | undefined;
  isAlive(): boolean;
  /** Ends the server after it has flushed its store, gives the data folder free. Idempotent. */
  stop(): Promise<void>;
}

/**
 * Brings NATS with JetStream: the one at `natsUrl`, or one of our own that listens on 127.0.0.1
 * only, wants a token, survives our death and is found again at the next start.
 *
 * Errors: `DATA_FOLDER_IN_USE`, `DATA_FOLDER_WRONG_OWNER`, `DATA_FOLDER_UNUSABLE`,
 * `DATA_FOLDER_DAMAGED`, `PORT_IN_USE`, `NATS_NOT_FOUND`, `NATS_START_FAILED`,
 * `NATS_UNREACHABLE`, `NATS_TOO_OLD`, `NATS_WITHOUT_JETSTREAM`. None leaves a server running that
 * was not running before.
 */
export async function startNats(options: NatsOptions): Promise<NatsServer> {
  if (options.natsUrl) return useExternal(options.natsUrl);
  const dataFolder = await openDataFolder(options.dataFolder, ["nats", "nats.json"]);
  const hold = holdFolder(dataFolder, "nats");
  try {
    return await startOwn(dataFolder, options, hold);
  } catch (error) {
    hold.release();
    throw error;
  }
}

async function useExternal(url: string): Promise<NatsServer> {
  const server = natsAddress(url).servers[0] ?? "";
  const { version, jetstream } = await readNatsGreeting(server);
  if (!isAtLeast(version, oldestNats)) {
    const message = `the NATS server is ${version}; Joinery needs ${oldestNats} or newer`;
    throw new JoineryError("NATS_TOO_OLD", message, { version });
  }
  if (!jetstream) {
    const message = "the NATS server has JetStream off: turn it on (nats-server -js)";
    throw new JoineryError("NATS_WITHOUT_JETSTREAM", message, { version });
  }
  const port = Number(new URL(server).port || 4222);
  const stop = () => Promise.resolve();
  return { url, port, version, adopted: true, pid: undefined, isAlive: () => true, stop };
}

interface Setting {
  folder: string;
  configFile: string;
  stateFile: string;
  outputFile: string;
  state: ServerState;
  program: NatsServerProgram;
  user: ServerUser | undefined;
  options: NatsOptions;
}

async function startOwn(
  dataFolder: string,
  options: NatsOptions,
  hold: Hold,
): Promise<NatsServer> {
  const setting = await prepare(dataFolder, options);
  const found = await adoptOrStop(setting);
  const mark = found ?? (await start(setting));
  const { state, program } = setting;
  const adopted = found !== undefined;
  const { version, source } = program;
  options.log.info("NATS is ready", { version, source, port: state.port, pid: mark.pid, adopted });
  return {
    url: `nats://${state.secret}@127.0.0.1:${state.port}`,
    port: state.port,
    version,
    adopted,
    pid: mark.pid,
    isAlive: () => isAlive(mark),
    async stop() {
      await stopServer(mark);
      hold.release();
    },
  };
}

async function prepare(dataFolder: string, options: NatsOptions): Promise<Setting> {
  const folder = join(dataFolder, "nats");
  const stateFile = join(dataFolder, "nats.json");
  const { log, config } = options;
  const program = await findNatsServer({ dataFolder, log, config });
  const user = await folderOwner(dataFolder, program.path);
  if ((await ownerOf(folder)) === undefined) await makeOwned(folder, user);
  let state = await readServerState(stateFile);
  if (!state) {
    state = { port: options.port || (await freePort()), secret: newSecret() };
    await writeServerState(stateFile, state);
  }
  const configFile = join(folder, "nats.conf");
  const outputFile = join(dataFolder, "nats-start.log");
  return { folder, configFile, stateFile, outputFile, state, program, user, options };
}

/**
 * As root in somebody's data folder NATS runs as that somebody, who can then go on without root.
 * In root's own folder it runs as root, which, unlike PostgreSQL, it does not mind.
 */
async function folderOwner(dataFolder: string, program: string): Promise<ServerUser | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const { uid, gid } = await stat(dataFolder);
  const owner = { uid, gid };
  const able = (await canReach(dataFolder, owner)) && (await canReach(program, owner));
  return uid !== 0 && able ? owner : undefined;
}

/** The server that runs already if it is just what we would start; another one is stopped. */
async function adoptOrStop(setting: Setting): Promise<ProcessMark | undefined> {
  const { state, options } = setting;
  const mark = await findRunning(setting);
  if (!mark) return undefined;
  const last = state.running;
  const same = last?.pid === mark.pid && last.startedAt === mark.startedAt;
  const portFits = !options.port || options.port === state.port;
  if (same && portFits && last.fingerprint === fingerprintOf(setting)) {
    const outcome = await untilGreeted(setting, () => !isAlive(mark));
    if (outcome === "ready") return mark;
  }
  options.log.info("restarting NATS: it runs with other settings", { pid: mark.pid });
  await stopServer(mark);
  return undefined;
}

/** By the pid file; a living process under a reused id does not name our configuration. */
async function findRunning(setting: Setting): Promise<ProcessMark | undefined> {
  const pid = Number.parseInt((await readIfThere(natsPidFile(setting.folder))) ?? "", 10);
  const mark = pid > 0 ? markOf(pid) : undefined;
  if (!mark || !`${commandOf(pid) ?? ""} `.includes(`-c ${setting.configFile} `)) return undefined;
  return mark;
}

function start(setting: Setting): Promise<ProcessMark> {
  const { state, options } = setting;
  const once = () => startOnce(setting);
  return startOnPort("nats", options.port, state, options.log, once);
}

async function startOnce(setting: Setting): Promise<ProcessMark> {
  const { program, configFile, outputFile, state, stateFile, user, options } = setting;
  await writePrivate(configFile, configOf(setting));
  const args = ["-c", configFile];
  const server = await launch({ program: program.path, args, outputFile, user });
  try {
    const outcome = await untilGreeted(setting, server.hasEnded);
    if (outcome !== "ready") throw await startFailed(outcome, outputFile);
    state.running = { ...server.mark, fingerprint: fingerprintOf(setting) };
    await writeServerState(stateFile, state);
    options.log.debug("started NATS", { pid: server.mark.pid });
    return server.mark;
  } catch (error) {
    await stopServer(server.mark);
    throw error;
  }
}

async function startFailed(outcome: "ended" | "late", outputFile: string): Promise<JoineryError> {
  const said = (await readIfThere(outputFile))?.trim().slice(-600) ?? "";
  const what = outcome === "late" ? "was not ready in time" : "ended at once";
  return new JoineryError("NATS_START_FAILED", `NATS ${what}; it said: ${said}`, { outcome });
}

/** NATS listens only after JetStream has read its store, so a greeting means ready. */
function untilGreeted(
  { state, options }: Setting,
  hasEnded: () => boolean,
): Promise<"ready" | "ended" | "late"> {
  const server = `nats://127.0.0.1:${state.port}`;
  const isReady = () => readNatsGreeting(server, 2_000).then((it) => it.jetstream, () => false);
  return untilReady(isReady, hasEnded, options.startTimeoutMs ?? 120_000);
}

async function stopServer(mark: ProcessMark): Promise<void> {
  const stopped = await stopProcess(mark, [
    { signal: "SIGTERM", waitMs: 20_000 },
    { signal: "SIGKILL", waitMs: 5_000 },
  ]);
  if (stopped) return;
  const message = `NATS (process ${mark.pid}) does not end`;
  throw new JoineryError("NATS_STOP_FAILED", message, { pid: mark.pid });
}

function configOf({ folder, state, program, options }: Setting): string {
  const { version } = program;
  const { port, secret: token } = state;
  return natsConfig({ folder, port, token, version, jetStream: options.jetStream ?? {} });
}

function fingerprintOf(setting: Setting): string {
  const what = JSON.stringify([setting.program.path, setting.program.version, configOf(setting)]);
  return createHash("sha256").update(what).digest("hex");
}
