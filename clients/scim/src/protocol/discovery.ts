import type { JsonObject } from "../json.js";
import { ScimError } from "../scim-error.js";
import type { ScimAttribute } from "../schema/attribute.js";
import type { ScimResourceType, ScimSchema } from "../schema/schema.js";
import { bulkBytesMax, bulkOperationsMax } from "./bulk-request.js";
import { pageSizeDefault, pageSizeMax } from "./list-query.js";
import { listResponse } from "./list-response.js";

const core = "urn:ietf:params:scim:schemas:core:2.0";

/** RFC 7643 §5, with the paging of RFC 9865. */
export function serviceProviderConfig(base: string): JsonObject {
  return {
    schemas: [`${core}:ServiceProviderConfig`],
    patch: { supported: true },
    bulk: { supported: true, maxOperations: bulkOperationsMax, maxPayloadSize: bulkBytesMax },
    filter: { supported: true, maxResults: pageSizeMax },
    changePassword: { supported: false },
    sort: { supported: true },
    etag: { supported: true },
    pagination: {
      cursor: true, index: true, defaultPaginationMethod: "index",
      defaultPageSize: pageSizeDefault, maxPageSize: pageSizeMax,
    },
    authenticationSchemes: [{
      type: "oauthbearertoken",
      name: "Bearer token",
      description: "A token of a client of the application, in the Authorization header.",
      specUri: "https://www.rfc-editor.org/rfc/rfc6750",
      primary: true,
    }],
    meta: metaOf("ServiceProviderConfig", `${base}/ServiceProviderConfig`),
  };
}

/** All schemas of these kinds, or the one with this URN. Throws 404. */
export function schemas(
  base: string,
  types: readonly ScimResourceType[],
  id: string | null,
): JsonObject {
  const all = types.flatMap((type) => [
    type.schema, ...type.extensions.map(({ schema }) => schema),
  ]);
  if (id === null) return listed(all.map((each) => schemaOf(base, each)));
  const found = all.find((each) => each.id.toLowerCase() === id.toLowerCase());
  if (found === undefined) throw new ScimError(404, "there is no such schema");
  return schemaOf(base, found);
}

/** All kinds of resources, or one of them. Throws 404. */
export function resourceTypesOf(
  base: string,
  types: readonly ScimResourceType[],
  name: string | null,
): JsonObject {
  if (name === null) return listed(types.map((each) => typeOf(base, each)));
  const found = types.find((each) => each.name.toLowerCase() === name.toLowerCase());
  if (found === undefined) throw new ScimError(404, "there is no such kind of resource");
  return typeOf(base, found);
}

function listed(resources: readonly JsonObject[]): JsonObject {
  return listResponse({ total: resources.length, resources, startIndex: 1 });
}

function schemaOf(base: string, { id, name, description, attributes }: ScimSchema): JsonObject {
  return {
    schemas: [`${core}:Schema`],
    id, name, description,
    attributes: attributes.map(attributeOf),
    meta: metaOf("Schema", `${base}/Schemas/${id}`),
  };
}

/** RFC 7643 §7: characteristics that do not concern the type are left out. */
function attributeOf(attribute: ScimAttribute): JsonObject {
  const { name, type, multiValued, description, required, mutability, returned } = attribute;
  const { caseExact, uniqueness, canonicalValues, referenceTypes, subAttributes } = attribute;
  return {
    name, type, multiValued, description, required,
    ...(type === "complex" || type === "boolean" ? {} : { caseExact }),
    mutability, returned,
    ...(type === "complex" || type === "boolean" ? {} : { uniqueness }),
    ...(canonicalValues === undefined ? {} : { canonicalValues }),
    ...(referenceTypes === undefined ? {} : { referenceTypes }),
    ...(subAttributes === undefined ? {} : { subAttributes: subAttributes.map(attributeOf) }),
  };
}

function typeOf(base: string, type: ScimResourceType): JsonObject {
  const { name, endpoint, description, schema, extensions } = type;
  return {
    schemas: [`${core}:ResourceType`],
    id: name, name, endpoint, description,
    schema: schema.id,
    ...(extensions.length === 0 ? {} : {
      schemaExtensions: extensions.map((each) => ({
        schema: each.schema.id, required: each.required,
      })),
    }),
    meta: metaOf("ResourceType", `${base}/ResourceTypes/${name}`),
  };
}

function metaOf(resourceType: string, location: string): JsonObject {
  return { resourceType, location };
}
