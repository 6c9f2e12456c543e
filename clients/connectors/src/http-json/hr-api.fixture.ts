import { readFile } from "node:fs/promises";
import type { Connector } from "../connector.js";
import type { ServerResponse } from "node:http";
import {
  scriptedWebServer, type ScriptedAnswer, type SeenRequest,
} from "../http/scripted-web-server.fixture.js";
import { httpJsonKind } from "./http-json-kind.js";
import { reachOf } from "../reach/reach.js";

type Json = Record<string, unknown>;
export type Stored = Json & { readonly id: string };

const examples = new URL("../../../../docs/examples/", import.meta.url);

/** An example as it stands in the documents, for a server on loopback. */
export async function exampleFor(name: string, origin: string): Promise<Json> {
  const text = await readFile(new URL(`${name}.json`, examples), "utf8");
  const local = text.replaceAll(/https:\/\/[a-z]+\.example\.org/g, origin);
  return { ...JSON.parse(local) as Json, allowPlain: true };
}

/** A connector of these settings; the secret of every name is `s3cret&=+ é`, but for others. */
export function connectJson(
  settings: object, secrets: Readonly<Record<string, string>> = {},
): Promise<Connector> {
  const problems = httpJsonKind.validate(settings);
  if (problems.length > 0) throw new Error(JSON.stringify(problems));
  return httpJsonKind.create(settings, {
    filesRoot: "/nowhere", reach: reachOf(["127.0.0.0/8"]),
    secret: (name) => Promise.resolve({ use: (read) => read(secrets[name] ?? "s3cret&=+ é") }),
  });
}

/** One collection: what there is, and every change in its order. */
class Collection {
  readonly stored = new Map<string, Stored>();
  readonly log: string[] = [];

  private readonly prefix: string;
  private made = 0;

  constructor(prefix: string) {
    this.prefix = prefix;
  }

  get here(): readonly Stored[] {
    return [...this.stored.values()].filter((each) => each["deletedAt"] === undefined);
  }

  find(id: string): Stored | undefined {
    const found = this.stored.get(id);
    return found?.["deletedAt"] === undefined ? found : undefined;
  }

  add(json: Json): Stored {
    this.made += 1;
    return this.save({ ...json, id: `${this.prefix}-${this.made}` });
  }

  save(json: Stored): Stored {
    const updatedAt = new Date().toISOString();
    const saved = { ...json, updatedAt, version: this.log.length + 1 };
    this.stored.set(json.id, saved);
    this.log.push(json.id);
    return saved;
  }

  remove({ id }: Stored): void {
    this.save({ id, deletedAt: new Date().toISOString() });
  }
}

/**
 * An HR system as such systems are: people in numbered pages, teams by links to the next page,
 * members by the header Link, changes by token or by time, what was deleted kept as tombstones,
 * OAuth2 for everything.
 */
export class HrApi implements AsyncDisposable {
  readonly people = new Collection("p");
  readonly teams = new Collection("t");
  readonly members = new Map<string, Set<string>>();
  /** How many tokens were given out. */
  tokens = 0;
  /** Stands before the routes: an answer of its own, or undefined. */
  before: (request: SeenRequest) => ScriptedAnswer | undefined = () => undefined;
  /** Gets what was done and answers something else; undefined: what was to be said. */
  after: (request: SeenRequest, answer: ScriptedAnswer) => ScriptedAnswer | undefined
    = () => undefined;

  /** Changes before these are forgotten. */
  private forgotten = { people: 0, teams: 0 };
  private readonly valid = new Set<string>();
  private server: Awaited<ReturnType<typeof scriptedWebServer>> | undefined;

  static async start(): Promise<HrApi> {
    const api = new HrApi();
    api.server = await scriptedWebServer((request) => api.serve(request));
    return api;
  }

  get origin(): string {
    return new URL(this.server?.url ?? "").origin;
  }

  get seen(): readonly SeenRequest[] {
    return this.server?.seen ?? [];
  }

  /** No token that was given out is good any more. */
  revoke(): void {
    this.valid.clear();
  }

  /** What changed until now is told no more. */
  forget(): void {
    this.forgotten = { people: this.people.log.length, teams: this.teams.log.length };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server?.[Symbol.asyncDispose]();
  }

  private serve(request: SeenRequest): ScriptedAnswer {
    const before = this.before(request);
    if (before !== undefined) return before;
    const said = request.path === "/oauth/token" ? this.giveToken(request) : this.signedIn(request);
    const answer = {
      ...said, headers: { "content-type": "application/json; charset=utf-8", ...said.headers },
    };
    return this.after(request, answer) ?? answer;
  }

  private giveToken({ headers, body }: SeenRequest): ScriptedAnswer {
    const given = `Basic ${Buffer.from("joinery:s3cret%26%3D%2B+%C3%A9").toString("base64")}`;
    const form = new URLSearchParams(body);
    if (headers.authorization !== given || form.get("grant_type") !== "client_credentials") {
      return { status: 401, body: { error: "invalid_client" } };
    }
    this.tokens += 1;
    const token = `token-${this.tokens}`;
    this.valid.add(token);
    return { body: { access_token: token, token_type: "Bearer", expires_in: 3600 } };
  }

  private signedIn(request: SeenRequest): ScriptedAnswer {
    const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? "")?.[1] ?? "";
    if (!this.valid.has(token)) return { status: 401, body: { error: { code: "TOKEN" } } };
    const [, api, name, id, more, member] = request.path.split("/").map(decodeURIComponent);
    if (api !== "api" || (name !== "people" && name !== "teams")) return { status: 404, body: {} };
    if (more === "members" && name === "teams") {
      return this.serveMembers(request, id ?? "", member);
    }
    if (id === "changes") return this.changesOf(name, request);
    return id === undefined ? this.serveAll(name, request) : this.serveOne(name, id, request);
  }

  private serveAll(name: "people" | "teams", request: SeenRequest): ScriptedAnswer {
    const { method, query, body } = request;
    const collection = this[name];
    if (method === "POST") {
      const json = JSON.parse(body) as Json;
      const key = keyOf(json);
      if (typeof key !== "string" || key === "") return refusal(422, "INVALID");
      if (collection.here.some((each) => keyOf(each) === key)) return refusal(422, "LOGIN_TAKEN");
      return { status: 201, body: { data: collection.add(withStatus(name, json)) } };
    }
    const [wanted, ref] = [query.get("login") ?? query.get("label"), query.get("ref")];
    if (wanted !== null || ref !== null) {
      const found = collection.here.filter((each) => keyOf(each) === wanted
        || (ref !== null && each["ref"] === ref));
      return { body: { data: found } };
    }
    const since = query.get("updatedSince");
    const all = since === null ? collection.here : [...collection.stored.values()]
      .filter((each) => String(each["updatedAt"]) >= since);
    if (query.has("offset")) return byOffset(all, query);
    const size = Number(query.get("size") ?? 3);
    const page = Number(query.get("page") ?? 1);
    const data = all.slice((page - 1) * size, page * size);
    const rest = since === null ? "" : `&updatedSince=${encodeURIComponent(since)}`;
    const isLast = page * size >= all.length;
    const next = isLast ? null : `${request.path}?page=${page + 1}&size=${size}${rest}`;
    return { body: { data, meta: { total: all.length }, links: { next } } };
  }

  private changesOf(name: "people" | "teams", { query }: SeenRequest): ScriptedAnswer {
    const { log, stored } = this[name];
    if (query.get("from") === "now") {
      return { body: { changes: [], next: `c${log.length}`, more: false } };
    }
    const from = Number(/^c(\d{1,9})$/.exec(query.get("token") ?? "")?.[1] ?? "NaN");
    if (!(from >= this.forgotten[name]) || from > log.length) return refusal(410, "TOKEN_EXPIRED");
    const to = Math.min(from + Number(query.get("size") ?? 50), log.length);
    const changes = log.slice(from, to).map((id) => stored.get(id)).map((each) =>
      (name === "teams" || each?.["deletedAt"] !== undefined ? each : { id: each?.id }));
    return { body: { changes, next: `c${to}`, more: to < log.length } };
  }

  private serveOne(name: "people" | "teams", id: string, request: SeenRequest): ScriptedAnswer {
    const collection = this[name];
    const found = collection.find(id);
    if (found === undefined) return refusal(404, "NOT_FOUND");
    const etag = `"v${String(found["version"])}"`;
    const match = request.headers["if-match"];
    if (match !== undefined && match !== etag) return refusal(412, "CHANGED");
    if (request.method === "DELETE") {
      collection.remove(found);
      this.members.delete(id);
      for (const members of this.members.values()) members.delete(id);
      return { status: 204 };
    }
    if (request.method === "GET") return { headers: { etag }, body: { data: found } };
    const json = JSON.parse(request.body) as Json;
    const saved = request.method === "PUT" ? { ...json, id } : { ...merge(found, json), id };
    return { body: { data: collection.save(saved) } };
  }

  private serveMembers(
    request: SeenRequest, team: string, member: string | undefined,
  ): ScriptedAnswer {
    const found = this.teams.find(team);
    if (found === undefined) return refusal(404, "NOT_FOUND");
    const members = this.members.get(team) ?? new Set<string>();
    this.members.set(team, members);
    if (request.method === "GET") {
      const from = Number(request.query.get("from") ?? 0);
      const data = [...members].slice(from, from + 2).map((personId) => ({ personId, role: "x" }));
      const next = `<${request.path}?from=${from + 2}>; title="a, b"; rel="next"`;
      const link = `<${request.path}>; rel="first"${from + 2 < members.size ? `, ${next}` : ""}`;
      return { headers: { link }, body: { data } };
    }
    if (request.method === "POST") {
      const { personId } = JSON.parse(request.body) as { readonly personId: string };
      if (members.has(personId)) return refusal(409, "MEMBER");
      members.add(personId);
    } else if (!members.delete(member ?? "")) return refusal(404, "NOT_FOUND");
    this.teams.save(found);
    return { status: 204 };
  }
}

function byOffset(all: readonly Stored[], query: URLSearchParams): ScriptedAnswer {
  const offset = Number(query.get("offset"));
  const data = all.slice(offset, offset + Number(query.get("limit")));
  return { headers: { "x-total-count": String(all.length) }, body: { data } };
}

function keyOf(json: Json): unknown {
  return json["label"] ?? (json["account"] as Json | undefined)?.["login"];
}

function withStatus(name: string, json: Json): Json {
  if (name === "teams") return json;
  return { ...json, account: { status: "active", ...json["account"] as Json } };
}

function refusal(status: number, code: string): ScriptedAnswer {
  return { status, body: { error: { code } } };
}

/** RFC 7396. */
function merge(target: unknown, patch: Json): Json {
  const merged: Json = { ...(typeof target === "object" ? target as Json : {}) };
  for (const [name, each] of Object.entries(patch)) {
    if (each === null) Reflect.deleteProperty(merged, name);
    else if (typeof each !== "object" || Array.isArray(each)) merged[name] = each;
    else merged[name] = merge(merged[name], each as Json);
  }
  return merged;
}

/** How an answer gets lost once the server has done what was asked. */
export const manners = [
  "cut", "half", "silent", "500", "503", "page", "nothing", "429",
] as const;

export function lost(manner: (typeof manners)[number], { body }: ScriptedAnswer): ScriptedAnswer {
  if (manner === "cut") return { raw: (_response, socket) => { socket.destroy(); } };
  if (manner === "silent") {
    return { raw: (_response, socket) => { setTimeout(() => { socket.destroy(); }, 2_500); } };
  }
  if (manner === "half") {
    return { raw: (response: ServerResponse, socket) => {
      const text = JSON.stringify(body ?? {});
      response.writeHead(200, { "content-length": text.length + 10 });
      response.write(text.slice(0, text.length / 2));
      setImmediate(() => { socket.destroy(); });
    } };
  }
  const json = { "content-type": "application/json" };
  if (manner === "nothing") return { headers: json, body: {} };
  if (manner !== "page") return { status: Number(manner), headers: json, body: {} };
  return { headers: { "content-type": "text/html" }, body: "<html>Sign in</html>" };
}
