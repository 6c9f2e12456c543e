import type { ProvidedServices } from "@joinery/kit/services";
import { serviceActor } from "@joinery/kit";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { callerOf } from "../../testing/caller.js";
import { base, groupUrn, ScimClient, userUrn } from "../../testing/scim-client.js";
import { World } from "../../testing/world.js";
import { removeApplication } from "../remove-application.js";
import { serveScim } from "./serve-scim.js";

export type { ProvidedServices };

let world: World;
let scim: ScimClient;
let nth = 0;

beforeAll(async () => { world = await World.open(); });
afterAll(async () => world.close());
beforeEach(async () => {
  nth += 1;
  scim = await ScimClient.open(world, `p${nth}`);
});

describe("who may push", () => {
  test("one application sees nothing of another, nor one organisation of another", async () => {
    const id = await scim.user("secret", { title: "T" });
    const group = await scim.group("Secret", [id]);
    const other = await ScimClient.open(world, `q${nth}`);
    const tenant = await world.database.newTenant();
    const stranger = new ScimClient(world, { ...scim.client, tenant });
    for (const path of [`/Users/${id}`, `/Groups/${group}`]) {
      for (const method of ["GET", "PUT", "PATCH", "DELETE"]) {
        const body = method === "PATCH"
          ? { schemas: ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
            Operations: [{ op: "add", value: { externalId: "x" } }] }
          : { schemas: [userUrn, groupUrn], userName: "x", displayName: "x" };
        expect((await other.ask(method, path, body)).status).toBe(404);
        expect((await stranger.ask(method, path, body)).status).toBe(403);
      }
    }
    expect(await other.named("userName pr")).toEqual([]);
    const taken = await other.ask("POST", "/Groups", {
      schemas: [groupUrn], displayName: "G", members: [{ value: id }],
    });
    expect(taken).toMatchObject({ status: 400, body: { scimType: "invalidValue" } });
    expect((await scim.get(`/Users/${id}`)).body).toMatchObject({ title: "T" });
  });

  test("an application that is removed, or reads another system, takes nothing", async () => {
    await scim.user("a");
    await removeApplication(world.deps, world.by, { id: scim.client.applicationId });
    expect(await scim.get("/Users")).toMatchObject({ status: 403 });
    expect((await scim.get("/ServiceProviderConfig")).status).toBe(200);
  });

  test("nobody but a service asks", async () => {
    const request = { method: "GET", path: "/Users", base, query: {}, body: null };
    const input = { client: scim.client, requestId: "r", request };
    await expect(serveScim(world.deps, callerOf(world.tenant).actor, input))
      .rejects.toMatchObject({ code: "FORBIDDEN" });
    expect((await serveScim(world.deps, serviceActor("gateway"), input)).status).toBe(200);
  });

  test("what was written is told to the audit once, without a value", async () => {
    const id = await scim.user("canary-value", { title: "canary-value" });
    await scim.patch(`/Users/${id}`, { op: "replace", path: "title", value: "canary-2" });
    await scim.patch(`/Users/${id}`, { op: "replace", path: "title", value: "canary-2" });
    await scim.get(`/Users/${id}`);
    await scim.ask("DELETE", `/Users/${id}`);
    const told = (await world.told("applications.action.recorded")).filter(
      ({ payload }) => (payload["target"] as unknown as { id: string }).id === id);
    expect(told.map(({ payload }) => payload["action"]))
      .toEqual(["pushed.create", "pushed.patch", "pushed.delete"]);
    expect(told[0]?.envelope.actor).toEqual({
      kind: "scim", id: scim.client.id, name: scim.client.name,
    });
    expect(JSON.stringify(told)).not.toContain("canary");
  });
});
