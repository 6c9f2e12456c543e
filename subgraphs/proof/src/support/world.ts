import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { promisify } from "node:util";
import { startStack, type RunningStack } from "@joinery/gateway/launch";
import { silentLog, type ServiceName } from "@joinery/kit";
import { startPostgres } from "@joinery/kit/services";
import { Graph } from "./graph.js";
import { Organisation } from "./organisation.js";

/** An organisation as its owner works with it, and the folder that its connectors see. */
export interface Tenant {
  readonly id: string;
  readonly graph: Graph;
  readonly organisation: Organisation;
  writeFile(name: string, content: string | Buffer): Promise<void>;
  filePath(name: string): string;
}

/** A stack of its own with one organisation, and others as they are added. */
export interface World extends Tenant {
  readonly stack: RunningStack;
  /** As whoever has the machine adds one: by the launcher's command. */
  addOrganisation(name: string, owner: string): Promise<Tenant>;
  /**
   * Stops everything, does something to the database that runs alone, and starts again; services
   * in `restored` are told that their databases were set back. The older world is of no use then.
   */
  restart(
    meanwhile: (databaseUrl: string) => Promise<void>,
    restored?: readonly ServiceName[],
  ): Promise<World>;
  stop(): Promise<void>;
}

/** `env`: what the operator sets beside what a story needs. */
export async function openWorld(env: Readonly<Record<string, string>> = {}): Promise<World> {
  const folder = await mkdtemp(join(tmpdir(), "joinery-story-"));
  return openWorldIn(folder, env);
}

async function openWorldIn(
  folder: string,
  env: Readonly<Record<string, string>>,
  restored: readonly ServiceName[] = [],
): Promise<World> {
  const stack = await startStack({ dataFolder: folder, restored, env });
  try {
    const { ownerEmail: email, ownerPassword: password } = stack;
    return {
      ...(await openTenant(stack, folder, { email, password })),
      stack,
      addOrganisation: (name, owner) => addOrganisation(stack, folder, name, owner),
      restart: async (meanwhile, since) => {
        await stack.stop();
        const postgres = await startPostgres({ dataFolder: folder, log: silentLog });
        try {
          await meanwhile(postgres.url);
        } finally {
          await postgres.stop();
        }
        return openWorldIn(folder, env, since);
      },
      stop: async () => {
        await stack.stop();
        await rm(folder, { recursive: true, force: true });
      },
    };
  } catch (error) {
    await stack.stop();
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

/** What `npm start` runs, as it was built. */
const launcher = resolve(import.meta.dirname, "../../../../gateway/dist/launch/main.js");

interface Credentials {
  readonly email: string;
  readonly password: string;
}

async function openTenant(
  stack: RunningStack,
  folder: string,
  { email, password }: Credentials,
): Promise<Tenant> {
  const graph = new Graph(stack.url);
  await graph.signIn(email, password);
  const { viewer } = await graph.ask<{ viewer: { organisation: { id: string } } }>(
    "{ viewer { organisation { id } } }",
  );
  const { id } = viewer.organisation;
  const files = join(folder, "files", id);
  await mkdir(files, { recursive: true });
  return {
    id,
    graph,
    organisation: new Organisation(graph),
    filePath: (name) => join(files, name),
    writeFile: (name, content) => writeFile(join(files, name), content),
  };
}

async function addOrganisation(
  stack: RunningStack,
  folder: string,
  name: string,
  owner: string,
): Promise<Tenant> {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [launcher, "--json", "--add-organisation", name, "--owner", owner],
    { env: { PATH: dirname(process.execPath), JOINERY_DATA_FOLDER: folder } },
  );
  const handed = JSON.parse(stdout.trim().split("\n").at(-1) ?? "") as { credentialsFile: string };
  const credentials = JSON.parse(await readFile(handed.credentialsFile, "utf8")) as Credentials;
  return openTenant(stack, folder, credentials);
}
