import type { ApplicationContext, AttributeSchema, ObjectKind } from "../model.js";
import type { IdentitySide } from "../scopes.js";
import type { Path, Problems } from "./problems.js";

/** Bounds of a rule set. Expressions have theirs in `expressionLimits`. */
export const ruleSetLimits = {
  bytes: 8 * 1024 * 1024,
  applications: 1_000,
  attributes: 1_000,
  joins: 50,
  comparisons: 10,
  mappers: 1_000,
  parts: 50,
  classifications: 1_000,
  groups: 1_000,
  idCharacters: 128,
  nameCharacters: 256,
} as const;

/** What the parts of the validation share. */
export interface Context {
  readonly problems: Problems;
  readonly applications: readonly ApplicationContext[];
  /** The vault's schema as far as it could be read. */
  readonly vault: Readonly<Record<ObjectKind, readonly AttributeSchema[]>>;
  /** Where each id stands first. */
  readonly ids: Map<string, string>;
  /** Ids of the classifications, by kind. */
  readonly classifications: Readonly<Record<ObjectKind, readonly string[]>>;
}

/** What expressions about an identity of this kind may speak of. */
export function identitySide(context: Context, kind: ObjectKind): IdentitySide {
  const { vault, classifications } = context;
  return { kind: "identity", schema: vault[kind], classifications: classifications[kind] };
}

const idPattern = /^[A-Za-z0-9][A-Za-z0-9._:-]*$/;

/** Checks an id and that it is the only one. */
export function checkId(context: Context, value: unknown, path: Path): void {
  const id = context.problems.text(value, path, ruleSetLimits.idCharacters);
  if (id === undefined) return;
  if (!idPattern.test(id)) {
    const message = `"${id}" must begin with a letter or digit and go on with those or . _ : -`;
    context.problems.add("RULE_NAME_INVALID", path, message);
  }
  const first = context.ids.get(id);
  if (first === undefined) {
    context.ids.set(id, path.pointer);
  } else {
    const message = `"${id}" is the id of ${first} already; every id is unique in the rule set`;
    context.problems.add("RULE_DUPLICATE_ID", path, message);
  }
}
