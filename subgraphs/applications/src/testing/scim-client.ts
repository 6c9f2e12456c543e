import { serviceActor, type PushClient, type ScimReply, type ScimRequest } from "@joinery/kit";
import { patchUrn } from "@joinery/scim";
import { addApplication } from "../app/add-application.js";
import { serveScim } from "../app/pushed/serve-scim.js";
import type { World } from "./world.js";

export const base = "https://joinery.example/scim/v2";
export const userUrn = "urn:ietf:params:scim:schemas:core:2.0:User";
export const groupUrn = "urn:ietf:params:scim:schemas:core:2.0:Group";

/** What a test reads of an answer. */
export interface Answer extends Omit<ScimReply, "body"> {
  // The test knows what it asked for.
  readonly body: Record<string, never>;
}

type More = Partial<Omit<ScimRequest, "method" | "path" | "body">>;

/** A client that pushes into one application, asking the service as the edge does. */
export class ScimClient {
  readonly client: PushClient;
  readonly #world: World;

  constructor(world: World, client: PushClient) {
    this.#world = world;
    this.client = client;
  }

  /** A client of a new application of its own. */
  static async open(
    world: World,
    key: string,
    watched = false,
    configuration: object = {},
  ): Promise<ScimClient> {
    const added = await addApplication(world.deps, world.by, {
      key, name: key, connector: "pushed", configuration, authoritativeFor: ["user"], watched,
    });
    if (!added.ok) throw new Error(added.error.code);
    const applicationId = added.value.application.id;
    const client = { id: `client-${key}`, name: key, tenant: world.tenant, applicationId };
    return new ScimClient(world, client);
  }

  async ask(method: string, path: string, body?: unknown, more: More = {}): Promise<Answer> {
    const request: ScimRequest = {
      method, path, base, query: {}, body: body === undefined ? null : sent(body), ...more,
    };
    const input = { client: this.client, requestId: "r", request };
    const answer = await serveScim(this.#world.deps, serviceActor("gateway"), input);
    return answer as Answer;
  }

  get(path: string, query: ScimRequest["query"] = {}): Promise<Answer> {
    return this.ask("GET", path, undefined, { query });
  }

  /** A new user; answers the id. */
  async user(userName: string, more: object = {}): Promise<string> {
    const { status, body } = await this.ask("POST", "/Users", {
      schemas: [userUrn], userName, ...more,
    });
    if (status !== 201) throw new Error(JSON.stringify(body));
    return String(body["id"]);
  }

  /** A new group; answers the id. */
  async group(displayName: string, members: readonly string[] = []): Promise<string> {
    const { status, body } = await this.ask("POST", "/Groups", {
      schemas: [groupUrn], displayName, members: members.map((value) => ({ value })),
    });
    if (status !== 201) throw new Error(JSON.stringify(body));
    return String(body["id"]);
  }

  patch(path: string, ...operations: readonly object[]): Promise<Answer> {
    return this.ask("PATCH", path, { schemas: [patchUrn], Operations: operations });
  }

  /** Names of the users that a filter finds, sorted. */
  async named(filter: string): Promise<readonly string[]> {
    const { status, body } = await this.get("/Users", { filter, count: "1000" });
    if (status !== 200) throw new Error(JSON.stringify(body));
    const resources = body["Resources"] as unknown as { userName: string }[];
    return resources.map(({ userName }) => userName).toSorted();
  }
}

/** As it comes over the wire. */
function sent(body: unknown): unknown {
  return JSON.parse(JSON.stringify(body));
}
