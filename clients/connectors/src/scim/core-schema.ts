import type { ScimAttribute, ScimSchema } from "./schema.js";

export const userSchemaId = "urn:ietf:params:scim:schemas:core:2.0:User";
export const groupSchemaId = "urn:ietf:params:scim:schemas:core:2.0:Group";
const enterpriseSchemaId = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

const text = (name: string, more: Partial<ScimAttribute> = {}): ScimAttribute => ({
  name, type: "string", many: false, required: false, caseExact: false,
  mutability: "readWrite", onRequest: false, words: [], parts: [], ...more,
});
const texts = (...names: readonly string[]) => names.map((name) => text(name));
const complex = (name: string, parts: readonly ScimAttribute[], many: boolean) =>
  text(name, { type: "complex", many, parts });

/** RFC 7643 §2.4: what most attributes with several values have in common. */
const several = (
  name: string, words: readonly string[], value: Partial<ScimAttribute> = {},
): ScimAttribute => complex(name, [
  text("value", value), text("display"), text("type", { words }),
  text("primary", { type: "boolean" }),
], true);

/** RFC 7643 §4.1; passwords, groups and what the server keeps for itself are not attributes. */
export const userSchema: ScimSchema = {
  id: userSchemaId,
  attributes: [
    text("userName", { required: true }),
    complex("name", texts(
      "formatted", "familyName", "givenName", "middleName", "honorificPrefix", "honorificSuffix",
    ), false),
    ...texts("displayName", "nickName"),
    text("profileUrl", { type: "reference" }),
    ...texts("title", "userType", "preferredLanguage", "locale", "timezone"),
    text("active", { type: "boolean" }),
    text("password", { mutability: "writeOnly" }),
    several("emails", ["work", "home", "other"]),
    several("phoneNumbers", ["work", "home", "mobile", "fax", "pager", "other"]),
    several("ims", ["aim", "gtalk", "icq", "xmpp", "msn", "skype", "qq", "yahoo"]),
    several("photos", ["photo", "thumbnail"], { type: "reference" }),
    complex("addresses", [
      ...texts("formatted", "streetAddress", "locality", "region", "postalCode", "country"),
      text("type", { words: ["work", "home", "other"] }), text("primary", { type: "boolean" }),
    ], true),
    several("entitlements", []),
    several("roles", []),
    several("x509Certificates", [], { type: "binary" }),
  ],
};

/** RFC 7643 §4.3. */
export const enterpriseSchema: ScimSchema = {
  id: enterpriseSchemaId,
  attributes: [
    ...texts("employeeNumber", "costCenter", "organization", "division", "department"),
    complex("manager", [
      text("value"), text("$ref", { type: "reference" }),
      text("displayName", { mutability: "readOnly" }),
    ], false),
  ],
};

/** RFC 7643 §4.2. */
export const groupSchema: ScimSchema = {
  id: groupSchemaId,
  attributes: [
    text("displayName", { required: true }),
    complex("members", [
      text("value", { mutability: "immutable" }), text("type", { words: ["User", "Group"] }),
    ], true),
  ],
};

/** RFC 7643 §3.1: every resource has it, and no schema lists it. */
export const externalIdAttribute = text("externalId", { caseExact: true });
