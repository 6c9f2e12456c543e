import type { ConnectorAttributeType } from "../connector.js";

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

const standard = "1.3.6.1.4.1.1466.115.121.1.";
const active = "1.2.840.113556.1.4.";

/** Syntaxes that are not text (RFC 4517 §3.3; Active Directory's own). */
const typesBySyntax: ReadonlyMap<string, ConnectorAttributeType> = new Map([
  [`${standard}4`, "binary"], [`${standard}5`, "binary"], [`${standard}7`, "boolean"],
  [`${standard}8`, "binary"], [`${standard}9`, "binary"], [`${standard}10`, "binary"],
  [`${standard}12`, "reference"], [`${standard}23`, "binary"], [`${standard}24`, "instant"],
  [`${standard}27`, "integer"], [`${standard}28`, "binary"], [`${standard}34`, "reference"],
  [`${standard}40`, "binary"],
  [`${active}906`, "integer"], [`${active}907`, "binary"],
]);

const ignoringRules = /^(caseIgnore\w*|telephoneNumberMatch|2\.5\.13\.(2|3|4|11|12|13|20|21))$/i;
const ignoringSyntax = `${active}905`;

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
  readonly sup: readonly string[];
  readonly must: readonly string[];
  readonly may: readonly string[];
}

/** The attribute types and classes of a server, found by name or number, without case. */
export class LdapSchema {
  readonly types: readonly AttributeType[];

  private readonly byName = new Map<string, AttributeType>();
  private readonly classes = new Map<string, ClassDefinition>();

  /** Values of `attributeTypes` and `objectClasses`; one that cannot be read is left out. */
  constructor(attributeTypes: readonly string[], objectClasses: readonly string[] = []) {
    const definitions = attributeTypes.map(parseDefinition).filter((each) => each !== undefined);
    const known = new Map<string, Definition>();
    for (const definition of definitions) {
      for (const name of [definition.oid, ...definition.names])
        known.set(name.toLowerCase(), definition);
    }
    this.types = definitions.map((definition) => resolve(definition, known));
    for (const type of this.types) {
      for (const name of [type.oid, ...type.names]) this.byName.set(name.toLowerCase(), type);
    }
    for (const description of objectClasses) this.addClass(description);
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

  /** The type of an attribute; options behind `;` do not count, but `;binary` (RFC 4522). */
  find(name: string): AttributeType | undefined {
    return this.byName.get((name.split(";")[0] as string).toLowerCase());
  }

  /** How values of an attribute are given: text where the server does not say. */
  typeOf(name: string): ConnectorAttributeType {
    if (/;binary(;|$)/i.test(name)) return "binary";
    return this.find(name)?.type ?? "string";
  }
}

function resolve(definition: Definition, known: ReadonlyMap<string, Definition>): AttributeType {
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
  return {
    oid: definition.oid,
    names: definition.names,
    type: typesBySyntax.get(syntax ?? "") ?? "string",
    syntax,
    single: definition.single,
    caseIgnore:
      (equality !== undefined && ignoringRules.test(equality)) || syntax === ignoringSyntax,
    hasEquality: equality !== undefined,
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
