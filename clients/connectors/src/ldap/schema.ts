import type { ConnectorAttributeType } from "../connector.js";
import { typesOf } from "../values/foreign-types.js";
import { typeOfFormat, type LdapFormat } from "./values.js";

/** One attribute type of a server's schema (RFC 4512 §4.1.2), inheritance resolved. */
export interface AttributeType {
  readonly oid: string;
  readonly names: readonly string[];
  readonly type: ConnectorAttributeType;
  readonly syntax: string | undefined;
  readonly single: boolean;
  readonly caseIgnore: boolean;
  /** Whether single values can be compared, so also deleted one by one. */
  readonly hasEquality: boolean;
  readonly readOnly: boolean;
}

const typesBySyntax = typesOf("ldap");

const ignoringRules = /^(caseIgnore\w*|telephoneNumberMatch|2\.5\.13\.(2|3|4|11|12|13|20|21))$/i;
const textSyntax = "1.3.6.1.4.1.1466.115.121.1.15";
const ignoringSyntax = "1.2.840.113556.1.4.905";

/** What a server's schema does not say, or says in ways of its own. */
export interface SchemaRules {
  /** Lower-case name → format, where it is not what the syntax says. */
  readonly formats: ReadonlyMap<string, LdapFormat>;
  /** Whether it compares the values of every attribute, and texts without case. */
  readonly comparesAll: boolean;
}

const rulesOfStandard: SchemaRules = {
  formats: new Map([["objectguid", "guid"]]), comparesAll: false,
};

/** What a server says of its attributes and classes (RFC 4512 §4.1). */
export interface SchemaTexts {
  readonly attributeTypes: readonly string[];
  readonly objectClasses?: readonly string[];
  /** What the entries of a class have besides (§4.1.6). */
  readonly contentRules?: readonly string[];
}

interface Definition {
  readonly oid: string;
  readonly names: readonly string[];
  readonly sup: string | undefined;
  readonly equality: string | undefined;
  readonly syntax: string | undefined;
  readonly single: boolean;
  readonly readOnly: boolean;
}

/** What entries of some classes must and may have. */
export interface AllowedAttributes {
  readonly must: readonly AttributeType[];
  readonly may: readonly AttributeType[];
}

interface ClassDefinition {
  readonly sup: string[];
  readonly must: string[];
  readonly may: string[];
}

/** The attribute types and classes of a server, found by name or number, without case. */
export class LdapSchema {
  readonly types: readonly AttributeType[];

  private readonly byName = new Map<string, AttributeType>();
  private readonly classes = new Map<string, ClassDefinition>();
  private readonly rules: SchemaRules;

  /** A description that cannot be read is left out. */
  constructor(
    { attributeTypes, objectClasses = [], contentRules = [] }: SchemaTexts, rules = rulesOfStandard,
  ) {
    this.rules = rules;
    const definitions = attributeTypes.map(parseDefinition).filter((each) => each !== undefined);
    const known = new Map<string, Definition>();
    for (const definition of definitions) {
      for (const name of [definition.oid, ...definition.names])
        known.set(name.toLowerCase(), definition);
    }
    this.types = definitions.map((definition) => resolve(definition, known, rules));
    for (const type of this.types) {
      for (const name of [type.oid, ...type.names]) this.byName.set(name.toLowerCase(), type);
    }
    for (const description of objectClasses) this.addClass(description);
    for (const description of contentRules) this.addContentRule(description);
  }

  /** Attributes that the classes and those above them name (RFC 4512 §2.4). */
  allowed(classNames: readonly string[]): AllowedAttributes {
    const must = new Set<AttributeType>();
    const may = new Set<AttributeType>();
    const seen = new Set<ClassDefinition>();
    const open = [...classNames];
    for (let name = open.pop(); name !== undefined; name = open.pop()) {
      const definition = this.classes.get(name.toLowerCase());
      if (definition === undefined || seen.has(definition)) continue;
      seen.add(definition);
      open.push(...definition.sup);
      for (const each of definition.must) this.addFound(must, each);
      for (const each of definition.may) this.addFound(may, each);
    }
    return { must: [...must], may: [...may].filter((each) => !must.has(each)) };
  }

  private addFound(types: Set<AttributeType>, name: string): void {
    const type = this.find(name);
    if (type !== undefined) types.add(type);
  }

  private addClass(description: string): void {
    const tokens = tokensOf(description);
    if (tokens === undefined) return;
    const fields = fieldsOf(tokens.slice(2, -1));
    const definition = {
      sup: fields.get("SUP") ?? [], must: fields.get("MUST") ?? [], may: fields.get("MAY") ?? [],
    };
    for (const name of [tokens[1] as string, ...(fields.get("NAME") ?? [])]) {
      this.classes.set(name.toLowerCase(), definition);
    }
  }

  /** A rule bears the number and the names of its class. */
  private addContentRule(description: string): void {
    const tokens = tokensOf(description);
    const ruled = this.classes.get((tokens?.[1] ?? "").toLowerCase());
    if (tokens === undefined || ruled === undefined) return;
    const fields = fieldsOf(tokens.slice(2, -1));
    ruled.sup.push(...(fields.get("AUX") ?? []));
    ruled.must.push(...(fields.get("MUST") ?? []));
    ruled.may.push(...(fields.get("MAY") ?? []));
  }

  /** The type of an attribute; options behind `;` do not count, but `;binary` (RFC 4522). */
  find(name: string): AttributeType | undefined {
    return this.byName.get((name.split(";")[0] as string).toLowerCase());
  }

  /** How values of an attribute are given: text where the server does not say. */
  typeOf(name: string): ConnectorAttributeType {
    return typeOfFormat(this.formatOf(name));
  }

  /** How the server writes them. */
  formatOf(name: string): LdapFormat {
    if (/;binary(;|$)/i.test(name)) return "binary";
    const base = (name.split(";")[0] as string).toLowerCase();
    return this.rules.formats.get(base) ?? this.find(name)?.type ?? "string";
  }
}

function resolve(
  definition: Definition, known: ReadonlyMap<string, Definition>, { comparesAll }: SchemaRules,
): AttributeType {
  let { syntax, equality } = definition;
  let above = definition;
  // A circle of types above each other would be the server's mistake; it ends here.
  for (let depth = 0; depth < 16 && above.sup !== undefined; depth += 1) {
    const next = known.get(above.sup.toLowerCase());
    if (next === undefined) break;
    above = next;
    syntax ??= above.syntax;
    equality ??= above.equality;
  }
  const ignoresCase = equality === undefined
    ? comparesAll && syntax === textSyntax : ignoringRules.test(equality);
  return {
    oid: definition.oid,
    names: definition.names,
    type: typesBySyntax.get(syntax ?? "") ?? "string",
    syntax,
    single: definition.single,
    caseIgnore: ignoresCase || syntax === ignoringSyntax,
    hasEquality: comparesAll || equality !== undefined,
    readOnly: definition.readOnly,
  };
}

const tokenPattern = /'(?:[^'])*'|[()]|[^\s()']+/g;

function tokensOf(description: string): readonly string[] | undefined {
  const tokens = description.match(tokenPattern) ?? [];
  return tokens[0] === "(" && tokens.length >= 3 && tokens.at(-1) === ")" ? tokens : undefined;
}

function parseDefinition(description: string): Definition | undefined {
  const tokens = tokensOf(description);
  if (tokens === undefined) return undefined;
  const oid = tokens[1] as string;
  const fields = fieldsOf(tokens.slice(2, -1));
  const usage = fields.get("USAGE")?.[0]?.toLowerCase() ?? "userapplications";
  return {
    oid,
    names: fields.get("NAME") ?? [],
    sup: fields.get("SUP")?.[0],
    equality: fields.get("EQUALITY")?.[0],
    // A syntax may bear a bound: {64}.
    syntax: fields.get("SYNTAX")?.[0]?.replace(/\{\d+\}$/, ""),
    single: fields.has("SINGLE-VALUE"),
    readOnly: fields.has("NO-USER-MODIFICATION") || usage === "dsaoperation",
  };
}

const keywords = new Set([
  "NAME",
  "DESC",
  "OBSOLETE",
  "SUP",
  "EQUALITY",
  "ORDERING",
  "SUBSTR",
  "SYNTAX",
  "SINGLE-VALUE",
  "COLLECTIVE",
  "NO-USER-MODIFICATION",
  "USAGE",
  "ABSTRACT",
  "STRUCTURAL",
  "AUXILIARY",
  "MUST",
  "MAY",
]);

/** Keyword → what follows it. Quotes are taken off; lists lose their parentheses. */
function fieldsOf(tokens: readonly string[]): Map<string, string[]> {
  const fields = new Map<string, string[]>();
  let current: string[] = [];
  for (const token of tokens) {
    if (keywords.has(token) || token.startsWith("X-")) {
      current = [];
      fields.set(token, current);
    } else if (token !== "(" && token !== ")" && token !== "$") {
      current.push(token.startsWith("'") ? token.slice(1, -1) : token);
    }
  }
  return fields;
}
