import { attribute, complex } from "./attribute.js";
import type { ScimSchema } from "./schema.js";

/** RFC 7643 §4.2. Names of groups need not differ, as directories allow it. */
export const groupSchema: ScimSchema = {
  id: "urn:ietf:params:scim:schemas:core:2.0:Group",
  name: "Group",
  description: "A group of accounts and groups.",
  attributes: [
    attribute("displayName", "string", "The name of the group.", { required: true }),
    complex("members", "Who is in the group.", [
      attribute("value", "string", "Id of the account or group.", {
        caseExact: true, mutability: "immutable",
      }),
      attribute("$ref", "reference", "Where the member is.", {
        mutability: "immutable", referenceTypes: ["User", "Group"],
      }),
      attribute("type", "string", "What the member is.", {
        mutability: "immutable", canonicalValues: ["User", "Group"],
      }),
      attribute("display", "string", "Name of the member.", { mutability: "readOnly" }),
    ], { multiValued: true }),
  ],
};
