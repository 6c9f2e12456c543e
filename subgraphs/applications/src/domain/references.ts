import type { AttributeSchema, Desired, Reference, Scalar, Value } from "@joinery/engine";

/** The target's own account for a reference; null: nobody knows it (yet). */
export type FindAccount = (ref: string) => string | null;

export function isReference(value: unknown): value is Reference {
  return typeof value === "object" && value !== null && "ref" in value;
}

/** Every reference in some attributes. */
export function referencesIn(attributes: Readonly<Record<string, Value | null>>): string[] {
  return Object.values(attributes).flatMap((value) =>
    listOf(value).flatMap((each) => (isReference(each) ? [each.ref] : [])));
}

function listOf(value: Value | null): readonly Scalar[] {
  if (value === null) return [];
  return Array.isArray(value) ? (value as readonly Scalar[]) : [value as Scalar];
}

function mapValue(value: Value, map: (scalar: Scalar) => Scalar): Value {
  return Array.isArray(value) ? (value as readonly Scalar[]).map(map) : map(value as Scalar);
}

/** Desired references point at accounts of the source; here they point at those of the target. */
export function resolveDesired(desired: Desired, find: FindAccount): Desired {
  if (!Object.values(desired.attributes).some((value) => listOf(value).some(isReference))) {
    return desired;
  }
  const attributes = Object.fromEntries(
    Object.entries(desired.attributes).map(([name, value]) => [
      name,
      value === null ? null : mapValue(value, (scalar) => resolveOne(scalar, find)),
    ]),
  );
  return { ...desired, attributes };
}

function resolveOne(scalar: Scalar, find: FindAccount): Scalar {
  if (!isReference(scalar)) return scalar;
  const account = find(scalar.ref);
  return account === null ? { ref: scalar.ref, unresolved: true } : { ref: account };
}

/** What a system holds as references are texts; those that name an account of it become its id. */
export function resolveActual(
  attributes: Readonly<Record<string, Value>>,
  schema: readonly AttributeSchema[],
  find: FindAccount,
): Readonly<Record<string, Value>> {
  const names = schema.filter(({ type, name }) => type === "reference" && name in attributes);
  if (names.length === 0) return attributes;
  const resolved = { ...attributes };
  for (const { name } of names) {
    resolved[name] = mapValue(attributes[name] as Value, (scalar) => {
      const account = typeof scalar === "string" ? find(scalar) : null;
      return account === null ? scalar : { ref: account };
    });
  }
  return resolved;
}

/** Texts of reference attributes, as the system wrote them. */
export function rawReferences(
  attributes: Readonly<Record<string, Value>>,
  schema: readonly AttributeSchema[],
): string[] {
  return schema.flatMap(({ name, type }) => {
    const value = type === "reference" ? attributes[name] : undefined;
    if (value === undefined) return [];
    return listOf(value).filter((each): each is string => typeof each === "string");
  });
}
