import { objectKinds, type AttributeSchema, type AttributeType } from "../model.js";
import { ruleSetLimits } from "./context.js";
import type { Path, Problems } from "./problems.js";

const types: readonly AttributeType[] = [
  "string",
  "boolean",
  "integer",
  "decimal",
  "instant",
  "date",
  "binary",
  "reference",
];

const flags = ["many", "ordered", "caseIgnore", "required", "readOnly", "naming"] as const;
const namePattern = /^[A-Za-z][A-Za-z0-9_]*$/;

/** Reads the vault's schema; what is wrong is reported and left out. */
export function readSchema(
  problems: Problems,
  value: unknown,
  path: Path,
): Record<"user" | "group", readonly AttributeSchema[]> {
  const schema = problems.object(value, path, objectKinds) ?? {};
  const read = (kind: "user" | "group"): readonly AttributeSchema[] => {
    const given = schema[kind];
    return given === undefined ? [] : readAttributes(problems, given, path.at(kind));
  };
  return { user: read("user"), group: read("group") };
}

function readAttributes(problems: Problems, value: unknown, path: Path): AttributeSchema[] {
  const attributes: AttributeSchema[] = [];
  const names = new Map<string, string>();
  for (const [at, each] of problems.list(value, path, ruleSetLimits.attributes).entries()) {
    const here = path.at(at);
    const attribute = readAttribute(problems, each, here);
    if (attribute === undefined) continue;
    const first = names.get(attribute.name.toLowerCase());
    if (first !== undefined) {
      const message = `"${attribute.name}" is there already (${first}); case makes no new name`;
      problems.add("RULE_DUPLICATE_ATTRIBUTE", here.at("name"), message);
      continue;
    }
    names.set(attribute.name.toLowerCase(), here.pointer);
    attributes.push(attribute);
  }
  return attributes;
}

function readAttribute(
  problems: Problems,
  value: unknown,
  path: Path,
): AttributeSchema | undefined {
  const given = problems.object(value, path, ["name", "type", ...flags]);
  if (given === undefined) return undefined;
  const name = problems.text(given["name"], path.at("name"), ruleSetLimits.nameCharacters);
  // A wrong type is told once, not again wherever the attribute is used.
  const type = problems.word(given["type"], path.at("type"), types) ?? "string";
  const set = flags.filter((flag) => problems.flag(given[flag], path.at(flag)));
  if (name === undefined) return undefined;
  if (!namePattern.test(name) || isReserved(name)) {
    const message = isReserved(name)
      ? `"${name}" is a reserved word`
      : `"${name}" must begin with a letter and go on with letters, digits or _`;
    problems.add("RULE_NAME_INVALID", path.at("name"), message);
    return undefined;
  }
  return { name, type, ...Object.fromEntries(set.map((flag) => [flag, true])) };
}

/** Names that every JavaScript object answers to. */
export function isReserved(name: string): boolean {
  return name in Object.prototype;
}
