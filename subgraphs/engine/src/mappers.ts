import { asValueFailure, ValueFailure } from "./failure.js";
import { compileExpression, evaluate } from "./language/expression.js";
import type { Frame } from "./language/frame.js";
import { truth } from "./language/operators.js";
import type { Run } from "./language/scope.js";
import { bool } from "./language/types.js";
import type { Runtime } from "./language/types.js";
import { strengths, type AttributeSchema, type Mapper, type MapperFailure } from "./model.js";
import type { Part, Strength, Value } from "./model.js";
import { readSource, scopeOf, toStored, type Side } from "./scopes.js";
import { isList, toValue } from "./values.js";

export interface CompiledMapper {
  readonly id: string;
  readonly strength: Strength;
  readonly when: Run | undefined;
  /** Throws ValueFailure. */
  readonly yields: (frame: Frame) => Value | null;
}

/** All mappers of one attribute, in the order in which they are asked: the first value wins. */
export interface AttributeMappers {
  readonly attribute: string;
  readonly mappers: readonly CompiledMapper[];
}

/**
 * Compiles the mappers of one object, grouped by attribute: strong before normal before weak, then
 * as listed. With a target schema values are made what it says; without one they stay as they are.
 */
export function compileMappers(
  mappers: readonly Mapper[],
  side: Side,
  target: readonly AttributeSchema[] | undefined,
): readonly AttributeMappers[] {
  const groups = new Map<string, CompiledMapper[]>();
  for (const mapper of mappers) {
    const schema = target?.find((each) => each.name === mapper.to);
    const group = groups.get(mapper.to) ?? [];
    group.push(compileMapper(mapper, side, schema));
    groups.set(mapper.to, group);
  }
  const rank = (mapper: CompiledMapper): number => strengths.indexOf(mapper.strength);
  return [...groups].map(([attribute, group]) => ({
    attribute,
    mappers: group.sort((a, b) => rank(a) - rank(b)),
  }));
}

/** The first mapper of an attribute that yields a value; undefined when none does. */
export function firstYield(
  group: AttributeMappers,
  frame: Frame,
  failures: MapperFailure[],
): { readonly mapper: CompiledMapper; readonly value: Value } | undefined {
  for (const mapper of group.mappers) {
    try {
      if (mapper.when !== undefined && !truth(evaluate(mapper.when, frame))) continue;
      const value = mapper.yields(frame);
      if (value !== null) return { mapper, value };
    } catch (error) {
      const failure = asValueFailure(error);
      failures.push({ mapper: mapper.id, code: failure.code, message: failure.message });
      return undefined;
    }
  }
  return undefined;
}

function compileMapper(
  mapper: Mapper,
  side: Side,
  schema: AttributeSchema | undefined,
): CompiledMapper {
  const plain = compileSource(mapper, side);
  // What import could not resolve is a name somewhere else; it must not travel on as plain text.
  const source = schema?.type === "reference" ? referenceOf(plain, side, "name") : plain;
  const when = mapper.when;
  return {
    id: mapper.id,
    strength: mapper.strength ?? "normal",
    when: when === undefined ? undefined : compileExpression(when, scopeOf(side), bool).run,
    yields:
      schema === undefined
        ? (frame) => toStored(source(frame))
        : (frame) => toTarget(schema, source(frame)),
  };
}

function toTarget(schema: AttributeSchema, value: Runtime): Value | null {
  if (value === null) return null;
  return toValue(schema, typeof value === "string" ? value : toStored(value));
}

function compileSource(mapper: Mapper, side: Side): Run {
  switch (mapper.kind) {
    case "direct":
      return read(side, mapper.from);
    case "constant": {
      const value = mapper.value;
      return () => value;
    }
    case "concatenate":
      return concatenation(mapper.parts, side);
    case "expression": {
      const { run } = compileExpression(mapper.expression, scopeOf(side));
      return (frame) => evaluate(run, frame);
    }
    case "reference":
      return referenceOf(read(side, mapper.from), side, mapper.by ?? "anchor");
  }
}

function read(side: Side, name: string): Run {
  const source = readSource(side, name);
  if (source === undefined) throw new TypeError(`a valid rule set has no unknown source "${name}"`);
  return source.run;
}

function concatenation(parts: readonly Part[], side: Side): Run {
  const runs = parts.map((part) => {
    if ("text" in part) return { run: () => part.text, optional: true };
    return { run: read(side, part.from), optional: part.optional === true };
  });
  return (frame) => {
    let text = "";
    for (const part of runs) {
      const value = single(part.run(frame));
      if (value === null && !part.optional) return null;
      if (value !== null) text += String(value);
    }
    return text;
  };
}

function single(value: Runtime): string | number | bigint | boolean | null {
  if (typeof value !== "object" || value === null) return value;
  if (isList(value) && value.length <= 1) return single(value[0] ?? null);
  throw new ValueFailure("VALUE_NOT_SINGLE", "a part of a concatenation is not a single value");
}

/** Text becomes a request to the host; what the host has resolved already passes. */
function referenceOf(source: Run, side: Side, by: "anchor" | "name"): Run {
  if (side.kind !== "account") return source;
  const toReference = (value: Runtime): Runtime => {
    if (value === null || value === "") return null;
    if (isList(value)) return value.map(toReference);
    return typeof value === "object" ? value : { ref: String(value), by };
  };
  return (frame) => toReference(source(frame));
}
