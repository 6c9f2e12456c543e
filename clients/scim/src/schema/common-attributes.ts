import { attribute, complex, type ScimAttribute } from "./attribute.js";

/** What every resource has (RFC 7643 §3.1); not part of any schema's own attributes. */
export const commonAttributes: readonly ScimAttribute[] = [
  attribute("schemas", "reference", "URNs of the schemas that the resource uses.", {
    multiValued: true, required: true, returned: "always", referenceTypes: ["uri"],
  }),
  attribute("id", "string", "Ours, never given twice.", {
    caseExact: true, mutability: "readOnly", returned: "always", uniqueness: "server",
  }),
  attribute("externalId", "string", "The client's own name of the resource.", {
    caseExact: true,
  }),
  complex("meta", "What is known of the resource.", [
    attribute("resourceType", "string", "Its kind.", { caseExact: true, mutability: "readOnly" }),
    attribute("created", "dateTime", "When it was first pushed.", { mutability: "readOnly" }),
    attribute("lastModified", "dateTime", "When it last changed.", { mutability: "readOnly" }),
    attribute("location", "reference", "Where it is.", {
      mutability: "readOnly", referenceTypes: ["uri"],
    }),
    attribute("version", "string", "Its entity tag.", { caseExact: true, mutability: "readOnly" }),
  ], { mutability: "readOnly" }),
];
