import type { ScriptedAnswer, SeenRequest } from "../http/scripted-web-server.fixture.js";

export const userSchemaId = "urn:ietf:params:scim:schemas:core:2.0:User";

export interface ScriptedUser {
  readonly id: string;
  readonly [name: string]: unknown;
}

export function people(count: number): ScriptedUser[] {
  return Array.from({ length: count }, (_, at) => ({
    schemas: [userSchemaId], id: `id-${at}`, userName: `user-${at}`,
    meta: { resourceType: "User", lastModified: "2026-01-01T00:00:00.000Z" },
  }));
}

/** A page by index as RFC 7644 §3.4.2.4 has it. */
export function indexPage(
  all: readonly unknown[], { query }: SeenRequest,
): Record<string, unknown> {
  const start = Math.max(Number(query.get("startIndex") ?? "1"), 1);
  const Resources = all.slice(start - 1, start - 1 + Number(query.get("count") ?? "100"));
  return {
    schemas: ["urn:ietf:params:scim:api:messages:2.0:ListResponse"],
    totalResults: all.length, startIndex: start, itemsPerPage: Resources.length, Resources,
  };
}

/** Whether a request asks what the server is. */
export function isDiscovery({ path }: SeenRequest): boolean {
  return /\/(?:ServiceProviderConfig|ResourceTypes|Schemas)$/.test(path);
}

export const unknown: ScriptedAnswer = { status: 404, body: {} };

/** A server that describes nothing and lists people; the n-th page (from 0) may be another. */
export function listing(
  page: (request: SeenRequest, at: number) => ScriptedAnswer,
): (request: SeenRequest) => ScriptedAnswer {
  let pages = 0;
  return (request) => {
    if (isDiscovery(request)) return unknown;
    pages += 1;
    return page(request, pages - 1);
  };
}
