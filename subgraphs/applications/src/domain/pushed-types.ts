import {
  attribute, groupType, isObject, resourceTypes, userType, type ScimAttribute,
  type ScimAttributeType, type ScimResourceType, type ScimSchema,
} from "@joinery/scim";

/** The kinds of resources of one application: those of RFC 7643, with extensions of its own. */
export interface PushedTypes {
  readonly user: ScimResourceType;
  readonly group: ScimResourceType;
}

export const plainTypes: PushedTypes = { user: userType, group: groupType };

export interface SettingProblem {
  readonly setting: string;
  readonly message: string;
}

type SimpleType = Exclude<ScimAttributeType, "complex">;
const simpleTypes: readonly SimpleType[] = [
  "string", "boolean", "decimal", "integer", "dateTime", "reference", "binary",
];
const schemasMax = 20;
const attributesMax = 100;
const urn = /^urn:[a-z0-9][a-z0-9-]{0,31}:[\w().,:=@;$*'+!-]{1,200}$/i;
const nameForm = /^[a-z][\w-]{0,63}$/i;
const settings = new Set(["id", "of", "name", "description", "attributes"]);
const characteristics = new Set([
  "name", "type", "description", "multiValued", "caseExact", "canonicalValues",
]);

/** What is not right of the setting `schemas`; nothing where it is left out. */
export function schemaProblems(declared: unknown): readonly SettingProblem[] {
  if (declared === undefined) return [];
  if (!Array.isArray(declared) || declared.length > schemasMax) {
    return [{ setting: "schemas", message: `must be a list of at most ${schemasMax} schemas` }];
  }
  const taken = new Set(resourceTypes.flatMap(({ schema, extensions }) =>
    [schema, ...extensions.map((each) => each.schema)].map(({ id }) => id.toLowerCase())));
  return declared.flatMap((each: unknown, at) => {
    const problems = problemsOf(`schemas.${at}`, each);
    const id = isObject(each) && typeof each["id"] === "string" ? each["id"].toLowerCase() : null;
    if (id === null) return problems;
    const clashes = [...taken].some((other) => id === other || id.startsWith(`${other}:`)
      || other.startsWith(`${id}:`));
    taken.add(id);
    if (!clashes) return problems;
    return [...problems, { setting: `schemas.${at}.id`, message: "is another schema's, or in it" }];
  });
}

function problemsOf(setting: string, declared: unknown): readonly SettingProblem[] {
  if (!isObject(declared)) return [{ setting, message: "must be an object" }];
  const { id, of = "User", name = "", description = "", attributes } = declared;
  const problems = unknownSettings(setting, declared, settings);
  const wrong = (part: string, message: string) =>
    problems.push({ setting: `${setting}.${part}`, message });
  if (typeof id !== "string" || !urn.test(id)) wrong("id", "must be a URN");
  if (of !== "User" && of !== "Group") wrong("of", "must be User or Group");
  if (typeof name !== "string") wrong("name", "must be text");
  if (typeof description !== "string") wrong("description", "must be text");
  if (!Array.isArray(attributes) || attributes.length < 1 || attributes.length > attributesMax) {
    wrong("attributes", `must be a list of 1 to ${attributesMax} attributes`);
    return problems;
  }
  const names = new Set<string>();
  for (const [at, each] of attributes.entries()) {
    problems.push(...attributeProblems(`${setting}.attributes.${at}`, each, names));
  }
  return problems;
}

/** Remembers the name: it counts once, whatever its case. */
function attributeProblems(
  setting: string,
  declared: unknown,
  names: Set<string>,
): readonly SettingProblem[] {
  if (!isObject(declared)) return [{ setting, message: "must be an object" }];
  const { name, type = "string", description = "", multiValued = false, caseExact } = declared;
  const { canonicalValues = [] } = declared;
  const problems = unknownSettings(setting, declared, characteristics);
  const wrong = (part: string, message: string) =>
    problems.push({ setting: `${setting}.${part}`, message });
  if (typeof name !== "string" || !nameForm.test(name)) {
    wrong("name", "must be a letter and up to 63 letters, digits, _ or -");
  } else if (names.has(name.toLowerCase())) {
    wrong("name", "is there twice");
  } else {
    names.add(name.toLowerCase());
  }
  if (!simpleTypes.includes(type as SimpleType)) {
    wrong("type", `must be one of ${simpleTypes.join(", ")}`);
  }
  if (typeof description !== "string") wrong("description", "must be text");
  if (typeof multiValued !== "boolean") wrong("multiValued", "must be true or false");
  if (!["undefined", "boolean"].includes(typeof caseExact)) {
    wrong("caseExact", "must be true or false");
  }
  const areTexts = Array.isArray(canonicalValues)
    && canonicalValues.every((each: unknown) => typeof each === "string");
  if (!areTexts) wrong("canonicalValues", "must be a list of texts");
  return problems;
}

function unknownSettings(
  setting: string,
  declared: object,
  known: ReadonlySet<string>,
): SettingProblem[] {
  return Object.keys(declared).filter((name) => !known.has(name)).map((name) => ({
    setting: `${setting}.${name}`, message: "is not a setting",
  }));
}

/** Types of applications with extensions, by their settings: few, and asked for each time. */
const known = new Map<string, PushedTypes>();
const knownMax = 1_000;

/** The kinds that a configuration declares, which was found to be right. */
export function typesOf(configuration: unknown): PushedTypes {
  const declared = isObject(configuration) ? configuration["schemas"] : undefined;
  if (!Array.isArray(declared) || declared.length === 0) return plainTypes;
  const key = JSON.stringify(declared);
  const held = known.get(key);
  if (held !== undefined) return held;
  const made: PushedTypes = {
    user: withExtensions(userType, declared), group: withExtensions(groupType, declared),
  };
  if (known.size >= knownMax) known.clear();
  known.set(key, made);
  return made;
}

function withExtensions(type: ScimResourceType, declared: readonly unknown[]): ScimResourceType {
  const own = declared.filter((each) => isObject(each) && (each["of"] ?? "User") === type.name);
  const extensions = own.map((each) => ({ schema: toSchema(each as Declared), required: false }));
  return extensions.length === 0 ? type : {
    ...type, extensions: [...type.extensions, ...extensions],
  };
}

interface Declared {
  readonly id: string;
  readonly name?: string;
  readonly description?: string;
  readonly attributes: readonly DeclaredAttribute[];
}
type DeclaredAttribute = Pick<ScimAttribute, "name"> & Partial<
  Pick<ScimAttribute, "description" | "multiValued" | "caseExact" | "canonicalValues">
> & { readonly type?: SimpleType };

function toSchema({ id, name, description, attributes }: Declared): ScimSchema {
  return {
    id, name: name ?? id.slice(id.lastIndexOf(":") + 1), description: description ?? "",
    attributes: attributes.map(({ name: own, type = "string", description: about, ...more }) =>
      attribute(own, type, about ?? "", more)),
  };
}
