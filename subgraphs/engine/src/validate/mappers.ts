import { ValueFailure } from "../failure.js";
import { describe, type Type } from "../language/types.js";
import { strengths, type AttributeSchema, type Value } from "../model.js";
import { suggestion } from "../names.js";
import { readSource, scopeOf, sourceNames, type Side } from "../scopes.js";
import { isReference, toValue } from "../values.js";
import { checkId, ruleSetLimits, type Context } from "./context.js";
import { checkCondition, checkExpression } from "./expressions.js";
import type { Path } from "./problems.js";
import { isReserved } from "./schema.js";

const kinds = ["direct", "constant", "concatenate", "expression", "reference"] as const;
const base = ["id", "to", "when", "strength", "kind"];
const own: Readonly<Record<(typeof kinds)[number], readonly string[]>> = {
  direct: ["from"],
  constant: ["value"],
  concatenate: ["parts"],
  expression: ["expression"],
  reference: ["from", "by"],
};

/** Where mappers stand: what they read, and the attributes they may write. */
export interface MapperPlace {
  readonly side: Side;
  readonly target: readonly AttributeSchema[];
  /** Whose attributes the target's are, for messages. */
  readonly targetName: string;
}

export function checkMappers(
  context: Context,
  value: unknown,
  path: Path,
  place: MapperPlace,
): void {
  const mappers = context.problems.list(value, path, ruleSetLimits.mappers);
  for (const [at, mapper] of mappers.entries()) checkMapper(context, mapper, path.at(at), place);
}

function checkMapper(context: Context, value: unknown, path: Path, place: MapperPlace): void {
  const { problems } = context;
  const anything = problems.object(value, path);
  if (anything === undefined) return;
  const kind = problems.word(anything["kind"], path.at("kind"), kinds);
  if (kind === undefined) return;
  const mapper = problems.object(anything, path, [...base, ...own[kind]]) ?? {};
  checkId(context, mapper["id"], path.at("id"));
  if (mapper["strength"] !== undefined) {
    problems.word(mapper["strength"], path.at("strength"), strengths);
  }
  const target = checkTarget(context, mapper["to"], path.at("to"), place);
  if (mapper["when"] !== undefined) {
    checkCondition(context, mapper["when"], path.at("when"), scopeOf(place.side));
  }
  switch (kind) {
    case "direct":
      return checkFits(
        context,
        checkSource(context, mapper["from"], path.at("from"), place),
        path,
        target,
      );
    case "reference":
      return checkReference(context, mapper, path, place, target);
    case "constant":
      return checkConstant(context, mapper["value"], path.at("value"), target);
    case "concatenate":
      return checkParts(context, mapper["parts"], path.at("parts"), place);
    case "expression": {
      const scope = scopeOf(place.side);
      const found = checkExpression(context, mapper["expression"], path.at("expression"), scope);
      return checkFits(context, found?.type, path, target);
    }
  }
}

function checkTarget(
  context: Context,
  value: unknown,
  path: Path,
  place: MapperPlace,
): AttributeSchema | undefined {
  const name = context.problems.text(value, path, ruleSetLimits.nameCharacters);
  if (name === undefined) return undefined;
  const found = place.target.find((each) => each.name === name);
  if (found === undefined) {
    const known = place.target.map((each) => each.name);
    const message = `${place.targetName} has no attribute "${name}"${suggestion(name, known)}`;
    context.problems.add("RULE_UNKNOWN_ATTRIBUTE", path, message);
  } else if (found.readOnly === true) {
    const message = `"${name}" is set by ${place.targetName} alone and cannot be written`;
    context.problems.add("RULE_READ_ONLY", path, message);
  } else if (isReserved(name) || /\p{Cc}/u.test(name)) {
    const message = `"${name}" is a reserved word or has control characters`;
    context.problems.add("RULE_NAME_INVALID", path, message);
  }
  return found;
}

/** Checks a name in `from`; its type, or undefined when there is no such source. */
export function checkSource(
  context: Context,
  value: unknown,
  path: Path,
  place: Pick<MapperPlace, "side">,
): Type | undefined {
  const name = context.problems.text(value, path, ruleSetLimits.nameCharacters);
  if (name === undefined) return undefined;
  const source = isReserved(name) ? undefined : readSource(place.side, name);
  if (source !== undefined) return source.type;
  const owner = { account: "the account", identity: "the identity", key: "a group rule" };
  const offer = suggestion(name, sourceNames(place.side));
  const message = `${owner[place.side.kind]} has no attribute "${name}"${offer}`;
  context.problems.add("RULE_UNKNOWN_ATTRIBUTE", path, message);
  return undefined;
}

/** Text may become anything at run time, and anything text; other types must agree. */
function checkFits(
  context: Context,
  type: Type | undefined,
  path: Path,
  target: AttributeSchema | undefined,
): void {
  if (type === undefined || target === undefined) return;
  const given = type.name === "list" ? (type.of?.name ?? "any") : type.name;
  if (given === "any" || given === "absent" || possible(given, target)) return;
  const what = `${describe(type)} cannot become the ${target.type} "${target.name}"`;
  context.problems.add("RULE_VALUE_TYPE", path, what);
}

function possible(given: Type["name"], target: AttributeSchema): boolean {
  switch (target.type) {
    case "string":
      return given !== "reference";
    case "boolean":
      return given === "bool" || given === "text" || given === "int";
    case "integer":
    case "decimal":
      return given === "int" || given === "double" || given === "text";
    case "reference":
      return given === "reference" || given === "text";
    default:
      return given === "text";
  }
}

function checkReference(
  context: Context,
  mapper: Readonly<Record<string, unknown>>,
  path: Path,
  place: MapperPlace,
  target: AttributeSchema | undefined,
): void {
  const type = checkSource(context, mapper["from"], path.at("from"), place);
  if (mapper["by"] !== undefined) {
    context.problems.word(mapper["by"], path.at("by"), ["anchor", "name"]);
  }
  if (target !== undefined && target.type !== "reference") {
    const message = `it needs a reference attribute, and "${target.name}" is ${target.type}`;
    context.problems.add("RULE_VALUE_TYPE", path.at("to"), message);
  }
  if (place.side.kind === "identity" && type !== undefined) {
    const of = type.name === "list" ? type.of?.name : type.name;
    if (of === "reference") return;
    const message = "an outbound reference mapper needs a reference attribute of the identity";
    context.problems.add("RULE_VALUE_TYPE", path.at("from"), message);
  }
}

function checkConstant(
  context: Context,
  value: unknown,
  path: Path,
  target: AttributeSchema | undefined,
): void {
  const scalars: readonly unknown[] = Array.isArray(value) ? value : [value];
  const isScalar = (each: unknown): boolean =>
    ["string", "number", "boolean"].includes(typeof each) || isReference(each);
  if (scalars.length === 0 || !scalars.every(isScalar)) {
    return context.problems.shape(value, path, "a value or a list of values");
  }
  if (target === undefined) return;
  try {
    if (toValue(target, value as Value) !== null) return;
    context.problems.add("RULE_VALUE_TYPE", path, "an empty constant never yields a value");
  } catch (error) {
    if (!(error instanceof ValueFailure)) throw error;
    context.problems.add("RULE_VALUE_TYPE", path, error.message);
  }
}

function checkParts(context: Context, value: unknown, path: Path, place: MapperPlace): void {
  const { problems } = context;
  const parts = problems.list(value, path, ruleSetLimits.parts);
  if (Array.isArray(value) && value.length === 0) problems.shape(value, path, "at least one part");
  for (const [at, each] of parts.entries()) {
    const here = path.at(at);
    const part = problems.object(each, here, ["from", "optional", "text"]);
    if (part === undefined) continue;
    if (part["text"] !== undefined && part["from"] === undefined) {
      problems.text(part["text"], here.at("text"));
      continue;
    }
    if (part["text"] !== undefined) problems.shape(part, here, "either `from` or `text`, not both");
    problems.flag(part["optional"], here.at("optional"));
    const type = checkSource(context, part["from"], here.at("from"), place);
    if (type?.name === "reference") {
      problems.add("RULE_VALUE_TYPE", here.at("from"), "a reference cannot be part of a text");
    }
  }
}
