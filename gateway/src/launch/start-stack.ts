import { JoineryError, silentLog, type Log, type ServiceName } from "@joinery/kit";
import { readLaunchConfig, type Topology } from "./config.js";
import { readCredentials } from "./owner.js";
import { Stack, type StackEvent } from "./stack.js";

export interface StackStart {
  readonly dataFolder: string;
  /** 0: a free one. */
  readonly port?: number;
  readonly topology?: Topology;
  /** A role that may create roles and databases; embedded PostgreSQL if absent. */
  readonly databaseUrl?: string;
  /** With its credentials; a NATS of its own if absent. */
  readonly natsUrl?: string;
  /** More variables, for the launcher and for every process that it starts. */
  readonly env?: Readonly<Record<string, string>>;
  /** Services whose databases were set back since they ran: as `--after-restore`. */
  readonly restored?: readonly ServiceName[];
  readonly log?: Log;
  readonly onEvent?: (event: StackEvent) => void;
}

export interface RunningStack {
  readonly url: string;
  readonly organisation: string;
  readonly ownerEmail: string;
  readonly ownerPassword: string;
  /** Process ids of now, by name: `postgres`, `nats`, `web`, `task`, `vault-web`, … */
  readonly pids: () => Readonly<Record<string, number>>;
  /** Base address of each service's web side; every answer needs the internal token. */
  readonly internalUrls: Readonly<Partial<Record<ServiceName, string>>>;
  /**
   * Superuser of PostgreSQL, and NATS, with their credentials, as they are now: for proof, which
   * looks inside.
   */
  readonly databaseUrl: string;
  readonly natsUrl: string;
  /** Ends everything in order. */
  stop(): Promise<void>;
}

/**
 * Everything, as `npm start` runs it, for tests, demo and bench. Throws what starting throws, and
 * OWNER_CREDENTIALS_GONE when the data folder's owner was made before and the file with the
 * credentials is not there any more.
 */
export async function startStack(start: StackStart): Promise<RunningStack> {
  const environment = environmentFor(start);
  const config = readLaunchConfig(environment);
  const onEvent = start.onEvent ?? (() => undefined);
  const { log = silentLog, restored = [] } = start;
  const stack = new Stack({ config, environment, log, onEvent, restored });
  const made = await stack.start();
  const credentials = made ?? (await readCredentials(config.dataFolder));
  if (!credentials) {
    await stack.stop();
    const message = "the data folder has no file with the first owner's credentials any more";
    throw new JoineryError("OWNER_CREDENTIALS_GONE", message);
  }
  return {
    url: stack.url,
    organisation: credentials.organisation,
    ownerEmail: credentials.email,
    ownerPassword: credentials.password,
    pids: () => stack.pids,
    internalUrls: stack.internalUrls,
    get databaseUrl() {
      return stack.serverUrls.postgres;
    },
    get natsUrl() {
      return stack.serverUrls.nats;
    },
    stop: () => stack.stop(),
  };
}

function environmentFor(start: StackStart): NodeJS.ProcessEnv {
  const { DATABASE_URL: _database, NATS_URL: _nats, ...inherited } = process.env;
  return {
    ...inherited,
    JOINERY_TOPOLOGY: start.topology ?? "compact",
    JOINERY_PORT: String(start.port ?? 0),
    JOINERY_DATA_FOLDER: start.dataFolder,
    ...(start.databaseUrl ? { DATABASE_URL: start.databaseUrl } : {}),
    ...(start.natsUrl ? { NATS_URL: start.natsUrl } : {}),
    ...start.env,
  };
}
