import { ExtendedRequest } from "ldapts";
import type { LdapFilter } from "./filter.js";
import { valuesOf, type RawEntry } from "./messages.js";
import { LdapSchema } from "./schema.js";
import type { LdapSession } from "./session.js";

/** What a server says of itself. */
export interface Directory {
  readonly schema: LdapSchema;
  /** OIDs of the controls that it knows. */
  readonly controls: ReadonlySet<string>;
}

const rootAttributes = ["subschemaSubentry", "supportedControl"];
const isSubschema: LdapFilter = { kind: "present", attribute: "objectClass" };

/**
 * Reads the root of the server (RFC 4512 §5.1) and its schema (§4.4). A server that shows no
 * schema is taken at its values: all text. Throws ConnectorError.
 */
export async function readDirectory(session: LdapSession): Promise<Directory> {
  const root = await session.readEntry("", rootAttributes);
  const subentry = texts(root, "subschemaSubentry")[0];
  const attributes = ["attributeTypes", "objectClasses", "dITContentRules"];
  const [entry] = subentry === undefined ? [] : await session.find(
    { base: subentry, scope: "base", filter: isSubschema, attributes }, 1,
  );
  return {
    schema: new LdapSchema({
      attributeTypes: texts(entry, "attributeTypes"),
      objectClasses: texts(entry, "objectClasses"),
      contentRules: texts(entry, "dITContentRules"),
    }, session.dialect.schemaRules),
    controls: new Set(texts(root, "supportedControl")),
  };
}

const whoAmI = "1.3.6.1.4.1.4203.1.11.3";

/** The name under which the server knows us (RFC 4532), where it has one and tells it. */
export async function readOwnDn(session: LdapSession): Promise<string | undefined> {
  const { status, value: own } =
    await session.send((messageId) => new ExtendedRequest({ messageId, oid: whoAmI }));
  return status === 0 && own !== undefined && /^dn:./i.test(own) ? own.slice(3) : undefined;
}

export function texts(entry: RawEntry | undefined, name: string): readonly string[] {
  if (entry === undefined) return [];
  return (valuesOf(entry, name) ?? []).map((value) => value.toString("utf8"));
}
