import { attribute, complex } from "./attribute.js";
import type { ScimSchema } from "./schema.js";

/** RFC 7643 §4.3. */
export const enterpriseUserSchema: ScimSchema = {
  id: "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User",
  name: "EnterpriseUser",
  description: "What an employer says of a person.",
  attributes: [
    attribute("employeeNumber", "string", "Number or other name that the employer gave."),
    attribute("costCenter", "string", "Cost centre."),
    attribute("organization", "string", "Organisation."),
    attribute("division", "string", "Division."),
    attribute("department", "string", "Department."),
    complex("manager", "Whom the person reports to.", [
      attribute("value", "string", "Id of the manager's account.", { caseExact: true }),
      attribute("$ref", "reference", "Where the manager's account is.", {
        referenceTypes: ["User"],
      }),
      attribute("displayName", "string", "The manager's name.", { mutability: "readOnly" }),
    ]),
  ],
};
