import { clientActor } from "@joinery/kit";
import type { ProvidedServices } from "@joinery/kit/services";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ScimClient, userUrn } from "../../testing/scim-client.js";
import { World } from "../../testing/world.js";
import { addApplication } from "../add-application.js";
import { updateApplication } from "../update-application.js";
import { pushAccounts } from "./push-accounts.js";

export type { ProvidedServices };

const urn = "urn:example:params:scim:schemas:extension:school:2.0:User";
const schemas = [{
  id: urn, name: "School", attributes: [
    { name: "grade", type: "integer" }, { name: "courses", multiValued: true },
    { name: "house" }, { name: "since", type: "dateTime" },
  ],
}];

let world: World;
let scim: ScimClient;
let plain: ScimClient;

beforeAll(async () => {
  world = await World.open();
  scim = await ScimClient.open(world, "school", false, { schemas });
  plain = await ScimClient.open(world, "plain");
});
afterAll(async () => world.close());

const post = (client: ScimClient, userName: string, extension: unknown) =>
  client.ask("POST", "/Users", { schemas: [userUrn, urn], userName, [urn]: extension });

describe("an extension that the application declares", () => {
  test("7643 §3.3 is kept, shown under its URN, and named in schemas", async () => {
    const made = await post(scim, "ada", { grade: 7, courses: ["maths", "art"], house: "Red" });
    expect(made).toMatchObject({ status: 201, body: {
      schemas: [userUrn, urn], [urn]: { grade: 7, courses: ["maths", "art"], house: "Red" },
    } });
    const found = await scim.get(`/Users/${String(made.body["id"])}`, {
      attributes: `${urn}:grade`,
    });
    expect(found.body[urn]).toEqual({ grade: 7 });
    const put = await scim.ask("PUT", `/Users/${String(made.body["id"])}`, {
      schemas: [userUrn], userName: "ada",
    });
    expect(put.body).not.toHaveProperty(urn);
  });

  test("7643 §7 values of another type are refused", async () => {
    for (const wrong of [{ grade: "seven" }, { since: "yesterday" }, { house: { a: 1 } }, "x"]) {
      expect(await post(scim, "wrong", wrong))
        .toMatchObject({ status: 400, body: { scimType: "invalidValue" } });
    }
  });

  test("7644 §3.5.2 is patched by its paths", async () => {
    const { body } = await post(scim, "bob", { grade: 1, courses: ["a"] });
    const path = `/Users/${String(body["id"])}`;
    const patched = await scim.patch(path,
      { op: "replace", path: `${urn}:grade`, value: 2 },
      { op: "add", path: `${urn}:courses`, value: ["b"] },
      { op: "add", value: { [urn]: { house: "Blue" } } });
    expect(patched.body[urn]).toEqual({ grade: 2, courses: ["a", "b"], house: "Blue" });
    const removed = await scim.patch(path, { op: "remove", path: `${urn}:house` });
    expect(removed.body[urn]).toEqual({ grade: 2, courses: ["a", "b"] });
  });

  test("7644 §3.4.2 is filtered and sorted by, whatever the case of text", async () => {
    await post(scim, "c1", { grade: 11, courses: ["Latin"], house: "GREEN" });
    await post(scim, "c2", { grade: 12, courses: ["latin", "greek"], house: "green" });
    expect(await scim.named(`${urn}:grade ge 12`)).toEqual(["c2"]);
    expect(await scim.named(`${urn}:courses eq "LATIN"`)).toEqual(["c1", "c2"]);
    expect(await scim.named(`schemas eq "${urn}" and ${urn}:house eq "Green"`))
      .toEqual(["c1", "c2"]);
    const { body } = await scim.get("/Users", {
      filter: `${urn}:house eq "green"`, sortBy: `${urn}:grade`, sortOrder: "descending",
    });
    const sorted = body["Resources"] as unknown as { userName: string }[];
    expect(sorted.map(({ userName }) => userName)).toEqual(["c2", "c1"]);
  });

  test("7644 §4 is in /Schemas and /ResourceTypes, of this application alone", async () => {
    expect(await scim.get(`/Schemas/${urn}`)).toMatchObject({
      status: 200, body: { id: urn, name: "School", attributes: { length: 4 } },
    });
    expect((await scim.get("/ResourceTypes/User")).body["schemaExtensions"])
      .toContainEqual({ schema: urn, required: false });
    expect((await scim.get("/ResourceTypes/Group")).body).not.toHaveProperty("schemaExtensions");
    expect((await plain.get(`/Schemas/${urn}`)).status).toBe(404);
    expect(JSON.stringify((await plain.get("/ResourceTypes")).body)).not.toContain(urn);
  });

  test("is no attribute where it is not declared", async () => {
    const { status, body } = await post(plain, "ada", { grade: 7 });
    expect([status, body[urn]]).toEqual([201, undefined]);
    expect(await plain.get("/Users", { filter: `${urn}:grade eq 7` }))
      .toMatchObject({ status: 400, body: { scimType: "invalidFilter" } });
  });

  test("is pushed through the graph too, and refused where it is not declared", async () => {
    const push = (client: ScimClient) => pushAccounts(
      world.deps, { actor: clientActor(client.client), requestId: "r" }, { accounts: [{
        kind: "user", externalId: "e1", members: null, addMembers: null, removeMembers: null,
        version: null, attributes: { userName: "eve", [`${urn}:grade`]: 3 },
      }] });
    expect(await push(scim)).toMatchObject({ value: [{ outcome: "created" }] });
    expect(await push(plain)).toMatchObject({ value: [{ error: { code: "PUSH_INVALID" } }] });
    expect(await scim.named(`${urn}:grade eq 3`)).toEqual(["eve"]);
  });

  test("is checked when it is declared, and read anew when it changes", async () => {
    const wrong = { key: "wrong", name: "W", connector: "pushed", configuration: {
      schemas: [{ id: "school", attributes: [{ name: "grade", type: "number" }] }],
    } };
    expect(await addApplication(world.deps, world.by, wrong)).toMatchObject({
      ok: false, error: { code: "APPLICATION_INVALID", problems: [
        { setting: "configuration.schemas.0.id" },
        { setting: "configuration.schemas.0.attributes.0.type" },
      ] },
    });
    const changing = await ScimClient.open(world, "changing");
    const { applicationId: id } = changing.client;
    await updateApplication(world.deps, world.by, { id, configuration: { schemas } });
    expect((await changing.get(`/Schemas/${urn}`)).status).toBe(200);
    expect((await post(changing, "ada", { grade: 7 })).body[urn]).toEqual({ grade: 7 });
  });
});
