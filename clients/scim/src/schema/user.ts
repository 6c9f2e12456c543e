import { attribute, complex, labels, typedValues } from "./attribute.js";
import type { ScimSchema } from "./schema.js";

const addressParts = [
  attribute("formatted", "string", "The whole address as it is printed."),
  attribute("streetAddress", "string", "Street, house, box."),
  attribute("locality", "string", "City."),
  attribute("region", "string", "State or region."),
  attribute("postalCode", "string", "Postal code."),
  attribute("country", "string", "Country, ISO 3166-1 alpha-2."),
];

/** RFC 7643 §4.1, without passwords: nobody signs in with what is pushed here. */
export const userSchema: ScimSchema = {
  id: "urn:ietf:params:scim:schemas:core:2.0:User",
  name: "User",
  description: "A person's account.",
  attributes: [
    attribute("userName", "string", "The name of the account; no two have the same.", {
      required: true, uniqueness: "server",
    }),
    complex("name", "The parts of the person's name.", [
      attribute("formatted", "string", "The whole name."),
      attribute("familyName", "string", "Family name."),
      attribute("givenName", "string", "Given name."),
      attribute("middleName", "string", "Middle names."),
      attribute("honorificPrefix", "string", "Title before the name."),
      attribute("honorificSuffix", "string", "Suffix after the name."),
    ]),
    attribute("displayName", "string", "The name as it is shown."),
    attribute("nickName", "string", "What the person is called."),
    attribute("profileUrl", "reference", "A page about the person.", {
      referenceTypes: ["external"],
    }),
    attribute("title", "string", "Job title."),
    attribute("userType", "string", "How the person relates to the organisation."),
    attribute("preferredLanguage", "string", "Languages as in Accept-Language."),
    attribute("locale", "string", "Where numbers, dates and money are written as here."),
    attribute("timezone", "string", "IANA time zone."),
    attribute("active", "boolean", "Whether the account is enabled."),
    typedValues("emails", "E-mail addresses.", ["work", "home", "other"]),
    typedValues("phoneNumbers", "Phone numbers.",
      ["work", "home", "mobile", "fax", "pager", "other"]),
    typedValues("ims", "Instant messaging addresses.", []),
    typedValues("photos", "Pictures.", ["photo", "thumbnail"],
      attribute("value", "reference", "Where the picture is.", { referenceTypes: ["external"] })),
    complex("addresses", "Postal addresses.",
      [...addressParts, ...labels(["work", "home", "other"])], { multiValued: true }),
    complex("groups", "Groups that the person is in; changed through the groups.", [
      attribute("value", "string", "Id of the group.", { caseExact: true, mutability: "readOnly" }),
      attribute("$ref", "reference", "Where the group is.", {
        mutability: "readOnly", referenceTypes: ["Group"],
      }),
      attribute("display", "string", "Name of the group.", { mutability: "readOnly" }),
      attribute("type", "string", "How the person is in it.", {
        mutability: "readOnly", canonicalValues: ["direct"],
      }),
    ], { multiValued: true, mutability: "readOnly" }),
    typedValues("entitlements", "What the person may do.", []),
    typedValues("roles", "What the person is.", []),
    typedValues("x509Certificates", "Certificates.", [],
      attribute("value", "binary", "DER, base64.")),
  ],
};
