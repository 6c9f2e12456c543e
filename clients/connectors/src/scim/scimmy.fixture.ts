import { randomUUID } from "node:crypto";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import express from "express";
import SCIMMY from "scimmy";
import SCIMMYRouters from "scimmy-routers";
import type { Connector } from "../connector.js";
import { scimKind } from "./scim-kind.js";
import { reachOf } from "../reach/reach.js";

export const token = "a token of a test";

type Stored = Record<string, unknown> & { readonly id: string };

/** An independent implementation of SCIM on a real HTTP server, everything in memory. */
export interface ScimmyServer extends AsyncDisposable {
  readonly url: string;
  /** Stands before the routes: answers by itself or later and returns true, or lets through. */
  before: (
    request: express.Request, response: express.Response, next: () => void,
  ) => boolean;
  readonly users: Map<string, Stored>;
  readonly groups: ReadonlyMap<string, Stored>;
  stop(): Promise<void>;
}

const noBulk = { supported: false, maxOperations: 1_000, maxPayloadSize: 1 << 20 };

/**
 * scimmy keeps its resources in one place for a process: one server at a time. As it comes it
 * leaves startIndex and count out of account (it takes numbers alone, and a query has texts), so
 * every page is the first; `pages` has the query parsed so that it does. Without `unique` it takes
 * two people of one name, as RFC 7643 forbids and servers do.
 */
export async function startScimmy(
  { pages = true, unique = true, bulk = noBulk } = {},
): Promise<ScimmyServer> {
  const users = new Map<string, Stored>();
  const groups = new Map<string, Stored>();
  SCIMMY.Config.set({ patch: true, filter: { supported: true, maxResults: 200 }, etag: false });
  const { User, Group } = SCIMMY.Resources;
  keep(SCIMMY.Resources.declare(User) as unknown as ResourceClass, users,
    unique ? "userName" : undefined);
  User.extend(SCIMMY.Schemas.EnterpriseUser, false);
  keep(SCIMMY.Resources.declare(Group) as unknown as ResourceClass, groups, undefined);
  const app = express();
  if (pages) app.set("query parser", withNumbers);
  const state = { before: (() => false) as ScimmyServer["before"] };
  app.use(express.json({ type: "application/scim+json", limit: "1mb" }));
  app.use((request, response, next) => {
    if (!state.before(request, response, next)) next();
  });
  app.use("/scim/v2", new SCIMMYRouters({
    type: "bearer",
    handler: ({ headers }) => {
      if (headers.authorization === `Bearer ${token}`) return "tester";
      throw new Error("nobody");
    },
  }));
  // The routes say that they have bulk, whatever was set before.
  SCIMMY.Config.set({ bulk });
  const server: Server = createServer(app);
  await new Promise<void>((resolve) => { server.listen(0, "127.0.0.1", resolve); });
  const { port } = server.address() as AddressInfo;
  const stop = (): Promise<void> => new Promise((resolve) => {
    server.close(() => { resolve(); });
    server.closeAllConnections();
  });
  return Object.assign(state, {
    url: `http://127.0.0.1:${port}/scim/v2`, users, groups, stop, [Symbol.asyncDispose]: stop,
  });
}

function withNumbers(query: string): Record<string, string | number> {
  const entries = [...new URLSearchParams(query)].map(([name, value]) =>
    [name, /^(?:startIndex|count)$/.test(name) ? Number(value) : value] as const);
  return Object.fromEntries(entries);
}

/** The part of a resource class that we use; the two have it alike. */
interface ResourceClass {
  ingress(handler: (resource: Target, instance: object) => never): unknown;
  egress(handler: (resource: Target) => never): unknown;
  degress(handler: (resource: Target) => void): unknown;
}

interface Target {
  readonly id?: string | undefined;
  readonly filter?: SCIMMY.Types.Filter;
}

/** Keeps resources of one kind; `unique` is the attribute that no two may share. */
function keep(
  kind: ResourceClass, stored: Map<string, Stored>, unique: string | undefined,
): void {
  const gone = (id: string | undefined) => new SCIMMY.Types.Error(404, "", `no ${id ?? ""}`);
  kind.ingress((resource, instance: object) => {
    const known = resource.id === undefined ? undefined : stored.get(resource.id);
    if (resource.id !== undefined && known === undefined) throw gone(resource.id);
    const values = JSON.parse(JSON.stringify(instance)) as Record<string, unknown>;
    const name = unique === undefined ? undefined : String(values[unique]).toLowerCase();
    const isTaken = name !== undefined && [...stored.values()].some((each) =>
      each.id !== known?.id && String(each[unique ?? ""]).toLowerCase() === name);
    if (isTaken) throw new SCIMMY.Types.Error(409, "uniqueness", "taken");
    const id = known?.id ?? randomUUID();
    const now = new Date().toISOString();
    const { created = now } = (known?.["meta"] ?? {}) as { readonly created?: string };
    const next = { ...values, id, meta: { created, lastModified: now } };
    stored.set(id, next);
    return next as never;
  });
  kind.egress((resource) => {
    if (resource.id === undefined) {
      const all = [...stored.values()];
      return (resource.filter?.match(all) ?? all) as never;
    }
    const found = stored.get(resource.id);
    if (found === undefined) throw gone(resource.id);
    return found as never;
  });
  kind.degress((resource) => {
    if (!stored.delete(resource.id ?? "")) throw gone(resource.id);
  });
}

/** Settings for a server on loopback. */
export function settingsFor(url: string): Record<string, unknown> {
  return {
    url, allowPlain: true, authentication: { kind: "bearer", tokenSecret: "token" },
    users: { pageSize: 50 }, groups: { pageSize: 50 }, retries: { max: 1, waitMsMax: 2_000 },
  };
}

/** A connector; `secrets` by name, of which `token` has a default. */
export async function connectScim(
  settings: Readonly<Record<string, unknown>>, secrets: Readonly<Record<string, string>> = {},
): Promise<Connector> {
  const problems = scimKind.validate(settings);
  if (problems.length > 0) throw new Error(JSON.stringify(problems));
  const opened: Readonly<Record<string, string>> = { token, ...secrets };
  return scimKind.create(settings, {
    filesRoot: "/nowhere", reach: reachOf(["127.0.0.0/8"]),
    secret: (name) => {
      const plain = opened[name];
      if (plain === undefined) throw new Error(`no secret ${name}`);
      return Promise.resolve({ use: (read) => read(plain) });
    },
  });
}
