import { ConnectorError, type ObjectKind } from "../connector.js";
import type { BulkLimits } from "./bulk-lane.js";
import { dialectOf, type ScimConfiguration, type ScimResources } from "./configuration.js";
import {
  enterpriseSchema, externalIdAttribute, groupSchema, groupSchemaId, userSchema, userSchemaId,
} from "./core-schema.js";
import type { ScimDialect } from "./dialects.js";
import { flatAttributes } from "./flat-attributes.js";
import { asArray, countOf, isObject, member, textOf, type JsonObject } from "../http/json.js";
import type { ResourceKind } from "./resource-kind.js";
import { parseSchema, type ScimAttribute, type ScimSchema } from "./schema.js";
import type { ScimClient } from "./scim-client.js";

/** What a server is like: what it says of itself, and over that what is known of it. */
export interface ScimService {
  readonly kinds: ReadonlyMap<ObjectKind, ResourceKind>;
  readonly filters: "all" | "eq" | "none";
  readonly updates: "patch" | "put";
  readonly paging: "index" | "cursor";
  readonly pageOverlap: boolean;
  readonly pageSizeMax: number;
  readonly versions: boolean;
  /** How much goes into one bulk request (RFC 7644 §3.7); undefined where each goes alone. */
  readonly bulk: BulkLimits | undefined;
  readonly dialect: ScimDialect;
}

/** Asks the server what it is. Throws ConnectorError. */
export async function discover(
  client: ScimClient, configuration: ScimConfiguration, signal: AbortSignal,
): Promise<ScimService> {
  const dialect = dialectOf(configuration);
  const ask = (name: string): Promise<unknown> => (dialect.describesItself === false
    ? Promise.resolve(undefined) : client.discover(name, signal));
  const config = await ask("ServiceProviderConfig");
  const types = await ask("ResourceTypes");
  const schemas = resourcesIn(await ask("Schemas")).flatMap((each) => parseSchema(each) ?? []);
  const known = new Map(schemas.map((schema) => [schema.id.toLowerCase(), schema]));
  const kinds = new Map<ObjectKind, ResourceKind>();
  for (const [kind, settings] of [
    ["user", configuration.users], ["group", configuration.groups],
  ] as const) {
    if (settings === undefined) continue;
    const type = resourceTypeOf(kind, resourcesIn(types));
    kinds.set(kind, kindOf({ kind, settings, dialect, type, known }));
  }
  return { ...traitsOf(config, dialect), kinds, dialect };
}

/** A list, a bare array or one alone; it has no pages (RFC 7644 §4). */
function resourcesIn(json: unknown): readonly JsonObject[] {
  const list = isObject(json) && member(json, "Resources") !== undefined
    ? member(json, "Resources") : json;
  const resources = asArray(list).filter((each) => isObject(each));
  const total = isObject(json) ? countOf(member(json, "totalResults")) : undefined;
  if (total === undefined || total <= resources.length) return resources;
  const why = `the server describes itself with ${resources.length} of ${total} parts`;
  throw new ConnectorError("stop", "SOURCE_INCOMPLETE", why);
}

function resourceTypeOf(
  kind: ObjectKind, types: readonly JsonObject[],
): JsonObject | undefined {
  const id = (kind === "user" ? userSchemaId : groupSchemaId).toLowerCase();
  return types.find((type) => textOf(member(type, "schema"))?.toLowerCase() === id);
}

interface KindSource {
  readonly kind: ObjectKind;
  readonly settings: ScimResources;
  readonly dialect: ScimDialect;
  readonly type: JsonObject | undefined;
  readonly known: ReadonlyMap<string, ScimSchema>;
}

/** What the server defines counts; the RFC's definition stands for what it does not define. */
function kindOf({ kind, settings, dialect, type, known }: KindSource): ResourceKind {
  const standard = kind === "user" ? userSchema : groupSchema;
  const core = known.get(standard.id.toLowerCase()) ?? standard;
  const named = type === undefined ? undefined : asArray(member(type, "schemaExtensions"))
    .flatMap((each) => (isObject(each) ? textOf(member(each, "schema")) ?? [] : []));
  const guessed = kind === "user" ? [enterpriseSchema.id] : [];
  const extensions = (named ?? guessed).flatMap((id) =>
    known.get(id.toLowerCase()) ?? (id === enterpriseSchema.id ? enterpriseSchema : []));
  const all = [{ ...core, attributes: withExternalId(core) }, ...extensions];
  const [first, ...others] = withOwn(all, settings);
  const parts = first ?? core;
  const asked = parts.attributes.some(({ onRequest }) => onRequest)
    ? [...parts.attributes.map(({ name }) => name), ...others.map(({ id }) => id)] : [];
  return {
    kind, settings, asked,
    path: endpointOf(kind, settings, type),
    schemas: [parts.id, ...others.map(({ id }) => id)],
    flats: flatAttributes({ kind, settings, nameCase: dialect.userNameCase }, parts, others),
  };
}

function withExternalId({ attributes }: ScimSchema): readonly ScimAttribute[] {
  const has = attributes.some(({ name }) => name.toLowerCase() === "externalid");
  return has ? attributes : [...attributes, externalIdAttribute];
}

/** With the attributes that the settings say the server has. */
function withOwn(
  schemas: readonly ScimSchema[], { attributes: own }: ScimResources,
): readonly ScimSchema[] {
  const [core] = schemas;
  const found = new Map(schemas.map((schema) => [schema.id.toLowerCase(), schema]));
  for (const { name, schema, type, many } of own) {
    const id = schema ?? core?.id ?? "";
    const there = found.get(id.toLowerCase()) ?? { id, attributes: [] };
    const others = there.attributes.filter((each) => each.name !== name);
    const attribute: ScimAttribute = { ...externalIdAttribute, name, type, many };
    found.set(id.toLowerCase(), { ...there, attributes: [...others, attribute] });
  }
  return [...found.values()];
}

/** Below the url of the settings, whatever the server says: it sends us nowhere else. */
function endpointOf(
  kind: ObjectKind, { endpoint }: ScimResources, type: JsonObject | undefined,
): readonly string[] {
  const standard = kind === "user" ? "/Users" : "/Groups";
  const told = type === undefined ? undefined : textOf(member(type, "endpoint"));
  const path = endpoint ?? told ?? standard;
  const parts = path.split("/").filter((part) => part !== "");
  const isPath = !path.includes(":") && !path.startsWith("//");
  if (isPath && parts.length > 0 && parts.every((part) => /^[\w~-][\w.~-]*$/.test(part))) {
    return parts;
  }
  const why = `the server says that each ${kind} is at another address; set "endpoint"`;
  throw new ConnectorError("stop", "MISCONFIGURED", why);
}

function traitsOf(
  config: unknown, dialect: ScimDialect,
): Omit<ScimService, "kinds" | "dialect"> {
  const json = isObject(config) ? config : {};
  const section = (name: string): JsonObject => {
    const found = member(json, name);
    return isObject(found) ? found : {};
  };
  const says = (name: string) => member(section(name), "supported");
  const pagination = section("pagination");
  const hasCursor = member(pagination, "cursor") === true;
  const sizes = [
    dialect.pageSizeMax, countOf(member(section("filter"), "maxResults")),
    countOf(member(pagination, "maxPageSize")),
  ].filter((size) => size !== undefined && size >= 2) as readonly number[];
  return {
    filters: dialect.filters ?? (says("filter") === false ? "none" : "all"),
    updates: dialect.updates ?? (says("patch") === false ? "put" : "patch"),
    // A cursor stands where an index shifts, so it is taken wherever it is offered.
    paging: dialect.paging ?? (hasCursor ? "cursor" : "index"),
    pageOverlap: dialect.pageOverlap ?? true,
    pageSizeMax: Math.min(...sizes, 10_000),
    versions: dialect.versions ?? says("etag") === true,
    bulk: dialect.bulk === false ? undefined : bulkLimits(section("bulk")),
  };
}

/** What one answer waits for stays bounded, whatever the server would take. */
const operationsMax = 100;
const bytesMax = 1 << 20;

/** RFC 7643 §5: both limits are required of who has bulk. */
function bulkLimits(bulk: JsonObject): BulkLimits | undefined {
  const operations = countOf(member(bulk, "maxOperations")) ?? 0;
  const bytes = countOf(member(bulk, "maxPayloadSize")) ?? 0;
  if (member(bulk, "supported") !== true || operations < 2 || bytes < 1) return undefined;
  return {
    operationsMax: Math.min(operations, operationsMax), bytesMax: Math.min(bytes, bytesMax),
  };
}
