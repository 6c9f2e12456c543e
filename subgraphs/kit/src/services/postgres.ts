import { createHash } from "node:crypto";
import { totalmem } from "node:os";
import { join } from "node:path";
import { JoineryError } from "../errors.js";
import type { Log } from "../log.js";
import { servicesConfig, type ServicesConfig } from "./config.js";
import { openDataFolder } from "./data-folder.js";
import { holdFolder, type Hold } from "./hold.js";
import { untilReady } from "./launch.js";
import { startOnPort } from "./own-port.js";
import { placeFor } from "./place.js";
import { freePort } from "./ports.js";
import { postgresBinaries, type PostgresBinaries } from "./postgres-binaries.js";
import { addressOf, askPostgres, oldestPostgres } from "./postgres-client.js";
import { clusterVersion, createCluster, repairOwnership, superuser } from "./postgres-cluster.js";
import * as postmaster from "./postgres-process.js";
import { postgresArguments, postgresSettings, type PostgresSettings } from "./postgres-settings.js";
import { newSecret, readServerState, writeServerState, type ServerState } from "./private-file.js";
import { isAlive, type ProcessMark } from "./processes.js";
import { chooseServerUser, type ServerUser } from "./server-user.js";

export interface PostgresOptions {
  /** Holds the cluster (`postgres/`), its port and password (`postgres.json`, 0600) and lock. */
  dataFolder: string;
  /** 0 or absent: the port of the last time, else a free one that is then kept. */
  port?: number | undefined;
  /** An existing server, as one of its superusers; nothing is started or stopped then. */
  databaseUrl?: string | undefined;
  log: Log;
  /** Server parameters over our own; changing them restarts a server that is found running. */
  settings?: PostgresSettings | undefined;
  /** Programs of another PostgreSQL than the embedded one. */
  binFolder?: string | undefined;
  /** How long recovery after a crash may take: 5 minutes by default. */
  startTimeoutMs?: number | undefined;
  config?: ServicesConfig | undefined;
}

export interface PostgresServer {
  /** As superuser, to the database `postgres`. Holds the password: never log it. */
  readonly url: string;
  readonly port: number;
  /** "18.4". */
  readonly version: string;
  /** True when the server was running already: it survived us, or `databaseUrl` was given. */
  readonly adopted: boolean;
  /** Absent for `databaseUrl`. */
  readonly pid: number | undefined;
  isAlive(): boolean;
  /** Fast shutdown, waits for the end, gives the data folder free. Idempotent. */
  stop(): Promise<void>;
}

/**
 * Brings PostgreSQL: the one at `databaseUrl`, or an embedded one that listens on 127.0.0.1 only,
 * survives our death and is found again at the next start with the same data, port and password.
 *
 * Errors: `DATA_FOLDER_IN_USE`, `DATA_FOLDER_WRONG_OWNER`, `DATA_FOLDER_UNREACHABLE`,
 * `DATA_FOLDER_UNUSABLE`, `DATA_FOLDER_DAMAGED`, `PORT_IN_USE`, `NO_SERVER_USER`,
 * `POSTGRES_NOT_FOUND`, `POSTGRES_NOT_RUNNABLE`, `POSTGRES_INIT_FAILED`,
 * `POSTGRES_START_FAILED`, `POSTGRES_VERSION_MISMATCH`, `DATABASE_UNREACHABLE`,
 * `DATABASE_TOO_OLD`. None leaves a server running that was not running before.
 */
export async function startPostgres(options: PostgresOptions): Promise<PostgresServer> {
  if (options.databaseUrl) return useExternal(options.databaseUrl);
  const dataFolder = await openDataFolder(options.dataFolder, ["postgres", "postgres.json"]);
  const hold = holdFolder(dataFolder, "postgres");
  try {
    return await startEmbedded(dataFolder, options, hold);
  } catch (error) {
    hold.release();
    throw error;
  }
}

async function useExternal(url: string): Promise<PostgresServer> {
  const { version, major } = await askPostgres(url);
  if (major < oldestPostgres) {
    const message = `PostgreSQL ${version} is too old: Joinery needs ${oldestPostgres} or newer`;
    throw new JoineryError("DATABASE_TOO_OLD", message, { version });
  }
  const { port } = addressOf(url);
  const stop = () => Promise.resolve();
  return { url, port, version, adopted: true, pid: undefined, isAlive: () => true, stop };
}

/** Recovery after a crash replays up to `max_wal_size` of log. */
const defaultStartTimeoutMs = 300_000;

/** What one start works with. */
interface Setting {
  cluster: string;
  stateFile: string;
  outputFile: string;
  state: ServerState;
  binaries: PostgresBinaries;
  user: ServerUser | undefined;
  options: PostgresOptions;
}

async function startEmbedded(
  dataFolder: string,
  options: PostgresOptions,
  hold: Hold,
): Promise<PostgresServer> {
  const setting = await prepare(dataFolder, options);
  const found = await adoptOrStop(setting);
  const mark = found ?? (await start(setting));
  const adopted = found !== undefined;
  try {
    return await asServer(setting, mark, adopted, hold);
  } catch (error) {
    if (!adopted) await postmaster.stopPostmaster(mark, 10_000);
    throw error;
  }
}

async function asServer(
  { state, options }: Setting,
  mark: ProcessMark,
  adopted: boolean,
  hold: Hold,
): Promise<PostgresServer> {
  const url = urlOf(state);
  const { version } = await askPostgres(url);
  const { port } = state;
  const { pid } = mark;
  options.log.info("PostgreSQL is ready", { version, port, pid, adopted });
  return {
    url,
    port,
    version,
    adopted,
    pid,
    isAlive: () => isAlive(mark),
    async stop() {
      await postmaster.stopPostmaster(mark, 60_000);
      hold.release();
    },
  };
}

/** Everything up to a whole cluster on disk that its user can use. */
async function prepare(dataFolder: string, options: PostgresOptions): Promise<Setting> {
  const config = options.config ?? servicesConfig();
  const wanted = join(dataFolder, "postgres");
  const stateFile = join(dataFolder, "postgres.json");
  const user = await chooseServerUser(wanted, dataFolder);
  const place = { dataFolder, name: "postgres", user, log: options.log };
  const cluster = await placeFor({ ...place, systemFolder: config.systemFolder });
  const binaries = await postgresBinaries(config, user, options.binFolder);
  const state = await stateFor(stateFile, cluster, options);
  const version = await clusterVersion(cluster);
  if (version === undefined) {
    const durable = options.settings?.["fsync"] !== "off";
    await createCluster({ folder: cluster, password: state.secret, binaries, user, durable });
    options.log.info("made a database cluster", { cluster, version: binaries.version });
  } else if (version !== binaries.major) {
    throw versionMismatch(cluster, version, binaries.version);
  }
  await repairOwnership(cluster, user);
  const outputFile = join(dataFolder, "postgres-start.log");
  return { cluster, stateFile, outputFile, state, binaries, user, options };
}

/** The password is on disk before the first cluster is, so no crash can part them. */
async function stateFor(
  file: string,
  cluster: string,
  options: PostgresOptions,
): Promise<ServerState> {
  const known = await readServerState(file);
  if (known) return known;
  if ((await clusterVersion(cluster)) !== undefined) {
    const message = `the cluster ${cluster} has lost its password: restore ${file} from a backup`;
    throw new JoineryError("DATA_FOLDER_DAMAGED", message, { path: file });
  }
  const state = { port: options.port || (await freePort()), secret: newSecret() };
  await writeServerState(file, state);
  return state;
}

/**
 * The server that runs already, if it is just what we would start; one with other settings,
 * another port or other programs is stopped. One that still recovers is waited for.
 */
async function adoptOrStop(setting: Setting): Promise<ProcessMark | undefined> {
  const { cluster, state, options } = setting;
  const found = await postmaster.findPostmaster(cluster);
  if (!found) return undefined;
  const { mark } = found;
  const last = state.running;
  const same = last?.pid === mark.pid && last.startedAt === mark.startedAt;
  const portFits = !options.port || options.port === state.port;
  if (same && portFits && last.fingerprint === fingerprintOf(setting)) {
    if (await answers(setting, mark)) return mark;
  }
  options.log.info("restarting PostgreSQL: it runs with other settings", { pid: mark.pid });
  await postmaster.stopPostmaster(mark, 60_000);
  return undefined;
}

async function answers(setting: Setting, mark: ProcessMark): Promise<boolean> {
  const isReady = async () => (await postmaster.findPostmaster(setting.cluster))?.ready === true;
  const patience = setting.options.startTimeoutMs ?? defaultStartTimeoutMs;
  const outcome = await untilReady(isReady, () => !isAlive(mark), patience);
  if (outcome !== "ready") return false;
  const facts = await askPostgres(urlOf(setting.state)).catch(() => undefined);
  return facts?.dataDirectory === setting.cluster;
}

function start(setting: Setting): Promise<ProcessMark> {
  const { state, options } = setting;
  const once = () => startOnce(setting);
  return startOnPort("postgres", options.port, state, options.log, once);
}

async function startOnce(setting: Setting): Promise<ProcessMark> {
  const { cluster, binaries, state, stateFile, outputFile, user, options } = setting;
  await postmaster.clearAfterCrash(cluster, options.log);
  const mark = await postmaster.startPostmaster({
    program: join(binaries.folder, "postgres"),
    args: argumentsOf(setting),
    cluster,
    outputFile,
    user,
    timeoutMs: options.startTimeoutMs ?? defaultStartTimeoutMs,
  });
  try {
    state.running = { ...mark, fingerprint: fingerprintOf(setting) };
    await writeServerState(stateFile, state);
    return mark;
  } catch (error) {
    await postmaster.stopPostmaster(mark, 10_000);
    throw error;
  }
}

function argumentsOf({ cluster, state, options }: Setting): string[] {
  const settings = postgresSettings(totalmem(), options.settings ?? {});
  return postgresArguments(cluster, state.port, settings);
}

function fingerprintOf(setting: Setting): string {
  const { folder, version } = setting.binaries;
  const what = JSON.stringify([folder, version, argumentsOf(setting)]);
  return createHash("sha256").update(what).digest("hex");
}

function urlOf({ port, secret }: ServerState): string {
  return `postgres://${superuser}:${secret}@127.0.0.1:${port}/postgres`;
}

function versionMismatch(cluster: string, made: number, have: string): JoineryError {
  return new JoineryError(
    "POSTGRES_VERSION_MISMATCH",
    `the cluster ${cluster} was made by PostgreSQL ${made} and the programs are ${have}: ` +
      "upgrade it with pg_upgrade, or dump and restore it",
    { cluster, made, have },
  );
}
