import { ConnectorError, type ConnectorScalar, type ConnectorValue } from "../connector.js";
import type { ScimDialect } from "./dialects.js";
import { chosen } from "./flatten.js";
import type { FlatAttribute } from "./flat-attributes.js";
import { asArray, canonicalText, isObject, keyOf, member, textOf } from "../http/json.js";
import type { ScimAttribute } from "./schema.js";
import { toScim } from "./values.js";

/** A resource that is being written. */
export type Draft = Record<string, unknown>;

type Writing = Pick<ScimDialect, "booleans">;

/**
 * Puts a value to its place, or takes away what is there (null); whatever else the resource has
 * stays as it is. Throws `VALUE_INVALID` for what is not of the attribute's type.
 */
export function put(
  draft: Draft, flat: FlatAttribute, value: ConnectorValue | null, writing: Writing,
): void {
  const container = containerOf(draft, flat.extension);
  const key = keyOf(container, flat.attribute.name) ?? flat.attribute.name;
  const next = changed(container[key], flat, value, writing);
  if (next === undefined) delete container[key];
  else container[key] = next;
}

function containerOf(draft: Draft, extension: string | undefined): Draft {
  if (extension === undefined) return draft;
  const key = keyOf(draft, extension) ?? extension;
  const there = draft[key];
  if (isObject(there)) return there as Draft;
  const container: Draft = {};
  draft[key] = container;
  return container;
}

function changed(
  json: unknown, flat: FlatAttribute, value: ConnectorValue | null, writing: Writing,
): unknown {
  const { attribute, part, form } = flat;
  const values = listOf(value);
  const converted = (holder: ScimAttribute) =>
    values.map((each) => convert(flat, holder, each, writing));
  if (form === "whole") return nonEmpty(wholeElements(flat, values));
  if (form === "plain" && attribute.many) return nonEmpty(converted(attribute));
  if (form === "values") return nonEmpty(withValues(asArray(json), converted(part ?? attribute)));
  if (values.length > 1) throw invalid(flat, "has one value");
  const [single] = converted(part ?? attribute);
  if (form === "plain") return single;
  const name = part?.name ?? "";
  if (form === "part") return withPart(isObject(json) ? json : {}, name, single);
  return nonEmpty(withElement(asArray(json), flat, name, single));
}

/** Empty texts are no values. */
function listOf(value: ConnectorValue | null): readonly ConnectorScalar[] {
  if (value === null) return [];
  const list = Array.isArray(value)
    ? value as readonly ConnectorScalar[] : [value as ConnectorScalar];
  return [...new Set(list)].filter((each) => each !== "");
}

function convert(
  flat: FlatAttribute, holder: ScimAttribute, value: ConnectorScalar, { booleans }: Writing,
): ConnectorScalar {
  const json = toScim(holder.type, value);
  if (json === undefined) throw invalid(flat, `is no ${holder.type}`);
  if (typeof json === "boolean" && booleans === "words") return json ? "True" : "False";
  return json;
}

function nonEmpty(list: readonly unknown[]): readonly unknown[] | undefined {
  return list.length === 0 ? undefined : list;
}

/** Elements whose value stays, or that have none, keep all else that they have. */
function withValues(
  elements: readonly unknown[], values: readonly ConnectorScalar[],
): readonly unknown[] {
  const wanted = new Set(values.map(String));
  const kept = elements.filter((each) => {
    const value = valueIn(each);
    return value === undefined || wanted.has(value);
  });
  const there = new Set(kept.map((each) => valueIn(each)));
  const added = values.filter((each) => !there.has(String(each)));
  return [...kept, ...added.map((value) => ({ value }))];
}

function valueIn(element: unknown): string | undefined {
  return textOf(isObject(element) ? member(element, "value") : element);
}

function withPart(object: object, name: string, value: unknown): object | undefined {
  const next: Draft = { ...object };
  const key = keyOf(next, name) ?? name;
  if (value === undefined) delete next[key];
  else next[key] = value;
  return Object.keys(next).length === 0 ? undefined : next;
}

/** Without its value, an element that says nothing but what it is goes too. */
function withElement(
  elements: readonly unknown[], { choice }: FlatAttribute, name: string, value: unknown,
): readonly unknown[] {
  if (choice === undefined) return elements;
  const element = chosen(elements, choice);
  if (element === undefined) {
    if (value === undefined) return elements;
    return [...elements, { [choice.by]: choice.word, [name]: value }];
  }
  const next = withPart(element, name, value) ?? {};
  const says = Object.keys(next).some((key) => !/^(?:type|primary|display)$/i.test(key));
  const isGone = value === undefined && (name === "value" || !says);
  return isGone
    ? elements.filter((each) => each !== element)
    : elements.map((each) => (each === element ? next : each));
}

function wholeElements(
  flat: FlatAttribute, values: readonly ConnectorScalar[],
): readonly unknown[] {
  return values.map((text) => {
    const json = parse(String(text));
    if (!isObject(json)) throw invalid(flat, "is JSON, an object each");
    const parts = flat.attribute.parts.map(({ name }) => name.toLowerCase());
    if (Object.keys(json).some((key) => !parts.includes(key.toLowerCase()))) {
      throw invalid(flat, "has parts that the schema does not know");
    }
    return JSON.parse(canonicalText(json)) as unknown;
  });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function invalid(flat: FlatAttribute, why: string): ConnectorError {
  return new ConnectorError("skip", "VALUE_INVALID", `"${flat.described.name}" ${why}`);
}
