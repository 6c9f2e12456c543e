import type { World } from "../support/world.js";

export const userUrn = "urn:ietf:params:scim:schemas:core:2.0:User";
export const groupUrn = "urn:ietf:params:scim:schemas:core:2.0:Group";
export const patchUrn = "urn:ietf:params:scim:api:messages:2.0:PatchOp";
const bulkUrn = "urn:ietf:params:scim:api:messages:2.0:BulkRequest";

/** Most operations in one bulk request. */
const bulkMax = 500;

/** Sends one request as a client that pushes; throws for what is not a success. */
export type Send = (
  method: string,
  path: string,
  body?: object,
) => Promise<Record<string, unknown>>;

/** A token for a new application that others push into, and the application. */
export async function pushedApplication(
  { graph, stack }: World,
  settings: object = {},
): Promise<{ readonly id: string; readonly send: Send }> {
  const { addApplication } = await graph.ask<{ addApplication: { application: { id: string } } }>(
    `mutation ($input: AddApplicationInput!) {
       addApplication(input: $input) { application { id } errors { code } }
     }`, { input: {
      key: "pushed", name: "Pushed", connector: "pushed", configuration: {}, ...settings,
    } });
  const { id } = addApplication.application;
  const { addClient } = await graph.ask<{ addClient: { token: string } }>(
    "mutation ($input: AddClientInput!) { addClient(input: $input) { token errors { code } } }",
    { input: { name: "Bench", applicationId: id } });
  return { id, send: sender(stack.url, addClient.token) };
}

function sender(url: string, token: string): Send {
  return async (method, path, body) => {
    const response = await fetch(`${url}/scim/v2${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, "content-type": "application/scim+json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path} is ${response.status}: ${text}`);
    return text === "" ? {} : (JSON.parse(text) as Record<string, unknown>);
  };
}

export function person(userName: string, externalId?: string) {
  return {
    schemas: [userUrn], userName, externalId, displayName: userName, active: true,
    name: { givenName: "Given", familyName: "Family" },
    emails: [{ value: `${userName}@example.com`, type: "work", primary: true }],
  };
}

/** Makes users in bulk; answers their ids in order. */
export async function pushUsers(send: Send, count: number): Promise<readonly string[]> {
  const users: string[] = [];
  for (let from = 0; from < count; from += bulkMax) {
    const numbers = Array.from({ length: Math.min(bulkMax, count - from) }, (_, at) => from + at);
    const made = await send("POST", "/Bulk", {
      schemas: [bulkUrn],
      Operations: numbers.map((n) => ({
        method: "POST", path: "/Users", bulkId: `b${n}`, data: person(`user-${n}`, `e-${n}`),
      })),
    });
    const results = made["Operations"] as { location: string }[];
    users.push(...results.map(({ location }) => location.split("/").at(-1) ?? ""));
  }
  return users;
}

/** Makes a group and puts users into it; answers its id. */
export async function pushGroup(
  send: Send,
  displayName: string,
  users: readonly string[],
): Promise<string> {
  const { id } = await send("POST", "/Groups", { schemas: [groupUrn], displayName });
  const group = String(id);
  for (let from = 0; from < users.length; from += bulkMax) {
    const value = users.slice(from, from + bulkMax).map((user) => ({ value: user }));
    await patch(send, `/Groups/${group}`, { op: "add", path: "members", value });
  }
  return group;
}

export function patch(send: Send, path: string, operation: object): Promise<unknown> {
  return send("PATCH", path, { schemas: [patchUrn], Operations: [operation] });
}
