import { ScimError } from "../scim-error.js";
import { resourceTypes } from "../schema/resource-types.js";
import type { ScimResourceType } from "../schema/schema.js";

/** What a request is about. */
export type Route =
  | { readonly kind: "create"; readonly type: ScimResourceType }
  | { readonly kind: "list"; readonly type: ScimResourceType }
  | { readonly kind: "search"; readonly type: ScimResourceType }
  | {
      readonly kind: "get" | "replace" | "patch" | "delete";
      readonly type: ScimResourceType;
      readonly id: string;
    }
  /** Over all kinds of resources. */
  | { readonly kind: "listAll" }
  | { readonly kind: "searchAll" }
  | { readonly kind: "bulk" | "serviceProviderConfig" }
  | { readonly kind: "schemas" | "resourceTypes"; readonly id: string | null };

/**
 * Reads method and path, from the base address on (RFC 7644 §3.2, §4). Throws 404 for what is not
 * there, 405 for what is not done there, 501 for `/Me`, which nobody is obliged to have.
 */
export function routeOf(method: string, path: string): Route {
  const parts = path.split("/").filter((each) => each !== "").map(decoded);
  const [first = "", second, ...more] = parts;
  const name = first.toLowerCase();
  if (name === "me") throw new ScimError(501, "a client is nobody: there is no /Me");
  if (parts.length === 0) return allowed(method, { GET: { kind: "listAll" } });
  if (name === ".search" && parts.length === 1) {
    return allowed(method, { POST: { kind: "searchAll" } });
  }
  if (more.length > 0) throw nothing();
  const type = resourceTypes.find((each) => each.endpoint.toLowerCase() === `/${name}`);
  if (type !== undefined) return resourceRoute(method, type, second);
  if (name === "bulk" && second === undefined) return allowed(method, { POST: { kind: "bulk" } });
  if (name === "serviceproviderconfig" && second === undefined) {
    return allowed(method, { GET: { kind: "serviceProviderConfig" } });
  }
  if (name === "schemas") return allowed(method, { GET: { kind: "schemas", id: second ?? null } });
  if (name === "resourcetypes") {
    return allowed(method, { GET: { kind: "resourceTypes", id: second ?? null } });
  }
  throw nothing();
}

function resourceRoute(method: string, type: ScimResourceType, id: string | undefined): Route {
  if (id === undefined) {
    return allowed(method, { GET: { kind: "list", type }, POST: { kind: "create", type } });
  }
  if (id === ".search") return allowed(method, { POST: { kind: "search", type } });
  return allowed(method, {
    GET: { kind: "get", type, id },
    PUT: { kind: "replace", type, id },
    PATCH: { kind: "patch", type, id },
    DELETE: { kind: "delete", type, id },
  });
}

function allowed(method: string, routes: Readonly<Record<string, Route>>): Route {
  const route = Object.hasOwn(routes, method) ? routes[method] : undefined;
  if (route !== undefined) return route;
  throw new ScimError(405, `only ${Object.keys(routes).join(", ")} here`);
}

function nothing(): ScimError {
  return new ScimError(404, "nothing is here");
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw nothing();
  }
}
