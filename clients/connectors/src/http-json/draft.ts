import type { ConnectorScalar, ConnectorValue } from "../connector.js";
import { asArray } from "../http/json.js";
import { toJson } from "./json-values.js";
import { isSame, readValue, type MappedAttribute, type ObjectMap } from "./object-map.js";
import { putAt, toPlace, valueAt } from "./places.js";
import { invalid } from "./write-context.js";

/** JSON that is being written. */
export type Draft = Record<string, unknown>;

/**
 * Puts a value where the attribute stands; null takes it away. Elements that are there already stay
 * as they are, with all else that they hold. Throws `VALUE_INVALID`.
 */
export function putValue(
  draft: Draft, attribute: MappedAttribute, value: ConnectorValue | null, before: unknown,
): void {
  const { settings, place, name } = attribute;
  if (!settings.many && Array.isArray(value)) throw invalid(`"${name}" has one value`);
  const values = asArray(value) as readonly ConnectorScalar[];
  const scalars = values.map((each) => {
    const json = toJson(settings.type, each);
    if (json === undefined) throw invalid(`a value of "${name}" is no ${settings.type}`);
    return json;
  });
  if (settings.required && scalars.length === 0) throw invalid(`"${name}" is required`);
  const there = asArray(valueAt(before, place));
  const written = value === null ? undefined : !settings.many ? scalars[0]
    : scalars.map((each) => elementOf(attribute, each, there));
  if (!putAt(draft, place, written)) throw invalid(`"${name}" stands within something else`);
}

/** What is nothing yet is null, where what is not named stays as it is. */
export function putNull(draft: Draft, { place, name }: MappedAttribute): void {
  if (!putAt(draft, place, null)) throw invalid(`"${name}" stands within something else`);
}

export function putState(draft: Draft, { settings }: ObjectMap, enabled: boolean): void {
  const { enabled: state } = settings;
  if (state === undefined) throw invalid("the settings know no state");
  const [word] = enabled ? state.true : state.false;
  if (!putAt(draft, toPlace(state.path), word)) throw invalid("the state stands elsewhere");
}

/** Two attributes may show one place: what they say must be one thing. Throws `VALUE_INVALID`. */
export function demandHolds(
  draft: Draft, attribute: MappedAttribute, value: ConnectorValue | null,
): void {
  const held = readValue(attribute, draft);
  if (held !== undefined && isSame(attribute, held, value)) return;
  throw invalid(`"${attribute.name}" contradicts another attribute, or cannot be kept`);
}

function elementOf(
  attribute: MappedAttribute, scalar: ConnectorScalar, there: readonly unknown[],
): unknown {
  const { each, settings } = attribute;
  if (each.length === 0) return scalar;
  const kept = there.find((element) => {
    const json = valueAt(element, each);
    return json !== undefined
      && isSame({ ...attribute, settings: { ...settings, many: false } }, [scalar],
        [json as ConnectorScalar]);
  });
  if (kept !== undefined) return kept;
  const element: Draft = {};
  putAt(element, each, scalar);
  return element;
}
