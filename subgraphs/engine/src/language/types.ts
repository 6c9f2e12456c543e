import type { Reference } from "../model.js";

/** What an expression works with. Null is the absence of a value. */
export type Runtime = string | number | bigint | boolean | null | Reference | readonly Runtime[];

/**
 * What is known of a value before it is there. `any` is not known until then. `int` is a number, or
 * a bigint beyond 2^53; `absent` is the literal null.
 */
export interface Type {
  readonly name: "bool" | "int" | "double" | "text" | "reference" | "absent" | "any" | "list";
  /** Of lists. */
  readonly of?: Type;
}

export const bool: Type = { name: "bool" };
export const int: Type = { name: "int" };
export const double: Type = { name: "double" };
export const text: Type = { name: "text" };
export const reference: Type = { name: "reference" };
export const absent: Type = { name: "absent" };
export const any: Type = { name: "any" };

export function listOf(of: Type): Type {
  return { name: "list", of };
}

/** As messages say it. */
export function describe(type: Type): string {
  switch (type.name) {
    case "bool":
      return "true or false";
    case "int":
      return "an integer";
    case "double":
      return "a number";
    case "text":
      return "text";
    case "reference":
      return "a reference";
    case "absent":
      return "nothing";
    case "any":
      return "a value";
    case "list":
      return type.of === undefined || type.of.name === "any"
        ? "a list"
        : `a list of ${plural(type.of)}`;
  }
}

function plural(type: Type): string {
  const words = { bool: "truth values", int: "integers", double: "numbers", text: "texts" };
  return type.name in words ? words[type.name as keyof typeof words] : `${type.name}s`;
}

/** Whether `given` may stand where `wanted` is asked for; unknown passes until run time. */
export function fits(given: Type, wanted: Type): boolean {
  if (given.name === "any" || wanted.name === "any" || given.name === "absent") return true;
  if (given.name === "int" && wanted.name === "double") return true;
  if (given.name !== wanted.name) return false;
  return given.name !== "list" || fits(given.of ?? any, wanted.of ?? any);
}

/** The type of a value that is one or the other; undefined when they have nothing in common. */
export function unify(a: Type, b: Type): Type | undefined {
  if (a.name === "absent") return b;
  if (b.name === "absent") return a;
  if (a.name === "any" || b.name === "any") return any;
  if (isNumber(a) && isNumber(b)) return a.name === b.name ? a : double;
  if (a.name !== b.name) return undefined;
  if (a.name !== "list") return a;
  const of = unify(a.of ?? any, b.of ?? any);
  return of === undefined ? undefined : listOf(of);
}

export function isNumber(type: Type): boolean {
  return type.name === "int" || type.name === "double";
}
