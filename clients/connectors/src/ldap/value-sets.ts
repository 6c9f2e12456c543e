import type { ConnectorScalar, ConnectorValue } from "../connector.js";
import { ConnectorError } from "../connector.js";
import { dnTextKey } from "./dn.js";
import type { LdapSchema } from "./schema.js";
import { fromLdap, toLdap, typeOfFormat, type LdapFormat } from "./values.js";
import { isNever } from "./windows-values.js";
import type { Modification } from "./write-requests.js";

const passwordAttributes = new Set(["userpassword", "authpassword"]);

/** What says "never" where a time has to be said. */
const neverTime = Buffer.from("0");

/** Bytes of the values of an attribute; null and empty texts are none. Throws `VALUE_INVALID`. */
export function encodeValues(
  schema: LdapSchema, name: string, value: ConnectorValue | null,
): Buffer[] {
  // Passwords have the syntax of bytes and are written as text (RFC 4519 §2.41).
  const format = passwordAttributes.has(name.toLowerCase()) ? "string" : schema.formatOf(name);
  const values = (Array.isArray(value) ? value : [value]) as readonly (ConnectorScalar | null)[];
  const present = values.filter((each) => each !== null && each !== "");
  if (present.length === 0 && format === "fileTime") return [neverTime];
  return present.map((each) => {
    const bytes = toLdap(format, each as ConnectorScalar);
    if (bytes !== undefined) return bytes;
    const type = typeOfFormat(format);
    throw new ConnectorError("skip", "VALUE_INVALID", `a value for "${name}" is not ${type}`);
  });
}

/** What two spellings of one value share, as the attribute's matching rule has it. */
function valueKey(schema: LdapSchema, name: string, value: Buffer): string {
  const format = schema.formatOf(name);
  const scalar = fromLdap(format, value);
  if (scalar === undefined || format === "binary") return value.toString("base64");
  if (format === "reference") return dnTextKey(String(scalar));
  if (schema.find(name)?.caseIgnore !== true) return String(scalar);
  return String(scalar).normalize("NFKC").toLowerCase().trim().replace(/\s+/g, " ");
}

/** Whether two lists are the same set of values to the server. */
export function isSameSet(
  schema: LdapSchema, name: string, left: readonly Buffer[], right: readonly Buffer[],
): boolean {
  const format = schema.formatOf(name);
  const keysOf = (values: readonly Buffer[]): Set<string> =>
    new Set(telling(format, values).map((value) => valueKey(schema, name, value)));
  const [keys, others] = [keysOf(left), keysOf(right)];
  return keys.size === others.size && [...others].every((key) => keys.has(key));
}

/** Values that say something: a time that says "never" does not. */
export function telling(format: LdapFormat, values: readonly Buffer[]): readonly Buffer[] {
  return format === "fileTime" ? values.filter((value) => !isNever(value)) : values;
}

/** Whether two lists are the same bytes, in any order. */
export function isSameBytes(left: readonly Buffer[], right: readonly Buffer[]): boolean {
  return left.length === right.length && without(left, right).length === 0;
}

/**
 * Leads from the values that are to those that shall be. With `conditional` the old values are
 * named, so the server refuses when they are not there any more (RFC 4511 §4.6); an attribute
 * whose values the server cannot compare is replaced.
 */
export function modificationsFor(
  schema: LdapSchema, name: string, now: readonly Buffer[], after: readonly Buffer[],
  conditional: boolean,
): Modification[] {
  if (isSameBytes(now, after)) return [];
  // "Never" has several spellings, and a server may refuse to lose all of them.
  if (schema.formatOf(name) === "fileTime" && isSameSet(schema, name, now, after)) return [];
  const definition = schema.find(name);
  const comparable = definition === undefined || definition.hasEquality;
  if (!conditional || !comparable) return [{ operation: "replace", name, values: after }];
  const gone = without(now, after);
  const added = without(after, now);
  return [
    ...(gone.length === 0 ? [] : [{ operation: "delete" as const, name, values: gone }]),
    ...(added.length === 0 ? [] : [{ operation: "add" as const, name, values: added }]),
  ];
}

function without(values: readonly Buffer[], others: readonly Buffer[]): Buffer[] {
  const left = new Set(others.map((other) => other.toString("latin1")));
  return values.filter((value) => !left.has(value.toString("latin1")));
}
