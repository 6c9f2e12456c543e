import {
  codeOf, JoineryError, type Actor, type PushClient, type ScimReply, type ScimRequest,
  type TenantId,
} from "@joinery/kit";
import {
  errorBody, parseCondition, parseListQuery, parseProjection, parseSearch, resourceTypesOf, routeOf,
  ScimError, schemas, serviceProviderConfig, type Route, type ScimResourceType,
} from "@joinery/scim";
import { kindOf } from "../../domain/pushed.js";
import type { Deps } from "../ports.js";
import { bulkPushed } from "./bulk-pushed.js";
import { inApplication, type OpenCall, type PushCall } from "./push-call.js";
import { pushedConnector } from "./pushed-kind.js";
import { getPushed, listPushed } from "./read-pushed.js";
import { createPushed, deletePushed, patchPushed, replacePushed } from "./write-pushed.js";

/**
 * Answers one SCIM request of a client; what the protocol refuses is an answer too. For services
 * only: who the client is was found out at the edge. Throws what is broken with us.
 */
export async function serveScim(
  deps: Deps,
  actor: Actor,
  input: {
    readonly client: PushClient;
    readonly requestId: string;
    readonly request: ScimRequest;
  },
): Promise<ScimReply> {
  requireService(actor);
  const { client, requestId, request } = input;
  const call: PushCall = { deps, client, requestId, base: request.base };
  return answer(call, request);
}

/** What may be done in bulk: no bulk in bulk, and no reading. */
const writes: ReadonlySet<Route["kind"]> = new Set(["create", "replace", "patch", "delete"]);

/** Never throws ScimError. */
async function answer(
  call: PushCall,
  request: ScimRequest,
  allowed?: ReadonlySet<Route["kind"]>,
): Promise<ScimReply> {
  try {
    const route = routeOf(request.method, request.path);
    if (allowed?.has(route.kind) === false) throw new ScimError(400, "not done in bulk");
    return await perform(call, request, route);
  } catch (error) {
    if (error instanceof ScimError) {
      return { status: error.status, headers: {}, body: errorBody(error) };
    }
    call.deps.log.error("a SCIM request failed", error, { code: codeOf(error) });
    const failed = new ScimError(500, "internal error");
    return { status: 500, headers: {}, body: errorBody(failed) };
  }
}

async function perform(call: PushCall, request: ScimRequest, route: Route): Promise<ScimReply> {
  const { base } = call;
  switch (route.kind) {
    case "serviceProviderConfig": return discovered(request, serviceProviderConfig(base));
    case "bulk": return bulkPushed(request.body, (each) => answer(call, { base, ...each }, writes));
    default: return inApplication(call, (open) => performIn(open, request, route));
  }
}

type ApplicationRoute = Exclude<Route, { readonly kind: "serviceProviderConfig" | "bulk" }>;

type TypedRoute = Extract<Route, { readonly type: ScimResourceType }>;

async function performIn(
  call: OpenCall,
  request: ScimRequest,
  route: ApplicationRoute,
): Promise<ScimReply> {
  const { base, types } = call;
  const all = [types.user, types.group];
  if (route.kind === "listAll") return listPushed(call, parseListQuery(all, request.query));
  if (route.kind === "searchAll") return listPushed(call, parseSearch(all, request.body));
  if ("type" in route) return performOn(call, request, route, types[kindOf(route.type)]);
  const shown = route.kind === "schemas" ? schemas : resourceTypesOf;
  return discovered(request, shown(base, all, route.id));
}

/** `type`: the kind of the route, with the application's extensions. */
async function performOn(
  call: OpenCall,
  { query, body, ifMatch, ifNoneMatch }: ScimRequest,
  route: TypedRoute,
  type: ScimResourceType,
): Promise<ScimReply> {
  if (route.kind === "list") return listPushed(call, parseListQuery([type], query));
  if (route.kind === "search") return listPushed(call, parseSearch([type], body));
  const projection = parseProjection(query);
  if (route.kind === "create") return createPushed(call, { type, body, projection });
  const { id } = route;
  if (route.kind === "get") {
    return getPushed(call, { type, id, projection, ifNoneMatch: parseCondition(ifNoneMatch) });
  }
  const input = { type, id, body, projection, ifMatch: parseCondition(ifMatch) };
  if (route.kind === "replace") return replacePushed(call, input);
  if (route.kind === "patch") return patchPushed(call, input);
  return deletePushed(call, input);
}

/** RFC 7644 §4: what describes the service is not filtered. */
function discovered({ query }: ScimRequest, body: ScimReply["body"]): ScimReply {
  if (query["filter"] !== undefined) throw new ScimError(403, "this is not filtered");
  return { status: 200, headers: {}, body };
}

/** For whoever makes clients: whether there is such an application to push into. */
export async function takesPushes(
  deps: Deps,
  actor: Actor,
  { tenant, applicationId }: { readonly tenant: TenantId; readonly applicationId: string },
): Promise<boolean> {
  requireService(actor);
  const settings = await deps.within(tenant, (tx) =>
    deps.pushed.openFor(tx, applicationId, pushedConnector));
  return settings !== null;
}

function requireService(actor: Actor): void {
  if (actor.kind !== "service") throw new JoineryError("FORBIDDEN", "services only");
}
