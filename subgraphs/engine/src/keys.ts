import { createHash } from "node:crypto";
import { canonicalJson } from "./canonical.js";
import type { Frame } from "./language/frame.js";
import { asList } from "./language/operators.js";
import type { Run } from "./language/scope.js";
import type { Runtime } from "./language/types.js";
import { normalisers, objectKinds, type AttributeSchema, type Comparison } from "./model.js";
import type { JoinKey, Key, Normaliser, ObjectKind, RuleSet } from "./model.js";
import { readSource } from "./scopes.js";
import { normalise } from "./text.js";

/** Keys that one rule may make for one object; several values in several attributes multiply. */
export const keysMax = 100;
/** Longer texts are kept by their digest, so they fit into an index. */
const textUnitsMax = 500;
const digestMark = "sha256:";

/** What identities are found by: their index is `Key.definition`. */
export interface KeyDefinition {
  readonly kind: ObjectKind;
  /** Names the same definition in every rule set, whatever its index there. */
  readonly id: string;
  readonly identityAttributes: readonly string[];
  /** Of each attribute. */
  readonly normalisers: readonly (readonly Normaliser[])[];
}

interface KeyPart {
  readonly run: Run;
  readonly wanted: ReadonlySet<Normaliser>;
}

export interface CompiledJoin {
  readonly rule: string;
  readonly definition: number;
  readonly parts: readonly KeyPart[];
}

export interface CompiledKeys {
  readonly definitions: readonly KeyDefinition[];
  /** By definition: how the identity's side is read. */
  readonly identityParts: readonly (readonly KeyPart[])[];
  readonly joinsOf: (application: string, kind: ObjectKind) => readonly CompiledJoin[];
}

export function compileKeys(ruleSet: RuleSet): CompiledKeys {
  const found = new Map<string, KeyDefinition>();
  const joins = new Map<string, { id: string; join: Omit<CompiledJoin, "definition"> }[]>();
  for (const [application, rules] of Object.entries(ruleSet.applications)) {
    for (const kind of objectKinds) {
      const schema = ruleSet.schema[kind] ?? [];
      const compiled = (rules[kind]?.inbound?.joins ?? []).map((rule) => {
        const sorted = sortComparisons(rule.match, schema);
        const definition = toDefinition(kind, sorted);
        found.set(definition.id, definition);
        const parts = sorted.map(({ comparison, wanted }) => ({
          run: sourceRun(comparison.account),
          wanted,
        }));
        return { id: definition.id, join: { rule: rule.id, parts } };
      });
      joins.set(`${application}/${kind}`, compiled);
    }
  }
  const definitions = [...found.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
  const index = new Map(definitions.map((each, at) => [each.id, at]));
  const numbered = new Map<string, readonly CompiledJoin[]>();
  for (const [place, list] of joins) {
    const complete = list.map(({ id, join }) => ({ ...join, definition: index.get(id) as number }));
    numbered.set(place, complete);
  }
  return {
    definitions,
    identityParts: definitions.map((each) => identityParts(each, ruleSet)),
    joinsOf: (application, kind) => numbered.get(`${application}/${kind}`) ?? [],
  };
}

function sourceRun(name: string): Run {
  const side = { kind: "account", schema: undefined } as const;
  return (readSource(side, name) as { readonly run: Run }).run;
}

interface Part {
  readonly comparison: Comparison;
  readonly wanted: ReadonlySet<Normaliser>;
  readonly sign: string;
}

/** The order in which a rule lists its comparisons does not matter for what it compares. */
function sortComparisons(
  match: readonly Comparison[],
  schema: readonly AttributeSchema[],
): readonly Part[] {
  const parts = match.map((comparison) => {
    const attribute = schema.find((each) => each.name === comparison.identity);
    const wanted = new Set(comparison.normalise);
    if (attribute?.caseIgnore === true) wanted.add("casefold");
    const names = normalisers.filter((each) => wanted.has(each));
    return { comparison, wanted, sign: canonicalJson([comparison.identity, names]) };
  });
  return parts.sort((a, b) => (a.sign < b.sign ? -1 : a.sign > b.sign ? 1 : 0));
}

function toDefinition(kind: ObjectKind, parts: readonly Part[]): KeyDefinition {
  return {
    kind,
    id: `${kind}:[${parts.map((each) => each.sign).join(",")}]`,
    identityAttributes: parts.map((each) => each.comparison.identity),
    normalisers: parts.map((each) => normalisers.filter((name) => each.wanted.has(name))),
  };
}

function identityParts(definition: KeyDefinition, ruleSet: RuleSet): readonly KeyPart[] {
  const schema = ruleSet.schema[definition.kind] ?? [];
  const side = { kind: "identity", schema, bare: true } as const;
  return definition.identityAttributes.map((name, at) => {
    const source = readSource(side, name);
    if (source === undefined) throw new TypeError(`a valid rule set knows attribute "${name}"`);
    return { run: source.run, wanted: new Set(definition.normalisers[at]) };
  });
}

/** The keys that an account offers, in the rules' order of priority. */
export function joinKeysOf(joins: readonly CompiledJoin[], frame: Frame): readonly JoinKey[] {
  const keys: JoinKey[] = [];
  for (const { rule, definition, parts } of joins) {
    for (const text of keyTexts(parts, frame)) keys.push({ definition, text, rule });
  }
  return keys;
}

/** The keys under which an identity is found. */
export function identityKeysOf(
  compiled: CompiledKeys,
  kind: ObjectKind,
  frame: Frame,
): readonly Key[] {
  const keys: Key[] = [];
  for (let definition = 0; definition < compiled.definitions.length; definition += 1) {
    if (compiled.definitions[definition]?.kind !== kind) continue;
    const parts = compiled.identityParts[definition] as readonly KeyPart[];
    for (const text of keyTexts(parts, frame)) keys.push({ definition, text });
  }
  return keys;
}

/** No key where a part has no value: nothing never equals nothing. */
function keyTexts(parts: readonly KeyPart[], frame: Frame): readonly string[] {
  const values: string[] = [];
  for (const part of parts) {
    const value = part.run(frame);
    if (Array.isArray(value)) return severalKeyTexts(parts, frame);
    const text = partText(part, value);
    if (text === "") return [];
    values.push(text);
  }
  return [keyText(values)];
}

/** Several values in several parts multiply. */
function severalKeyTexts(parts: readonly KeyPart[], frame: Frame): readonly string[] {
  let rows: readonly (readonly string[])[] = [[]];
  for (const part of parts) {
    const texts = asList(part.run(frame))
      .map((each) => partText(part, each))
      .filter((text) => text !== "");
    rows = rows.flatMap((row) => texts.map((text) => [...row, text])).slice(0, keysMax);
  }
  return [...new Set(rows.map(keyText))];
}

function partText(part: KeyPart, value: Runtime): string {
  if (value === null || typeof value === "object") return "";
  return normalise(String(value), part.wanted);
}

/** Unambiguous: the texts of one definition are all of one part or all of several. */
function keyText(values: readonly string[]): string {
  return bounded(values.length === 1 ? (values[0] as string) : JSON.stringify(values));
}

function bounded(text: string): string {
  if (text.length <= textUnitsMax && !text.startsWith(digestMark)) return text;
  return digestMark + createHash("sha256").update(text).digest("hex");
}
