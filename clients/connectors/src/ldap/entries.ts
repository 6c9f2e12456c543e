import type {
  ConnectorAttribute,
  ConnectorAttributeType,
  ConnectorObject,
  ConnectorScalar,
  ConnectorSkip,
  ConnectorValue,
  ObjectKind,
} from "../connector.js";
import type { LdapGroups, LdapUsers } from "./configuration.js";
import type { AccountState, LdapDialect } from "./dialect.js";
import { canonicalDn } from "./dn.js";
import { equal, type LdapFilter } from "./filter.js";
import { valuesOf, type RawAttribute, type RawEntry } from "./messages.js";
import { rangeOf } from "./ranges.js";
import { ReceivedAttribute } from "./received-entry.js";
import type { AttributeType, LdapSchema } from "./schema.js";
import { telling } from "./value-sets.js";
import { fromLdap, toLdap, type LdapFormat } from "./values.js";

/** Never read and never shown: what a password is kept as. */
const secretAttributes = new Set([
  "userpassword", "unicodepwd", "authpassword", "krbprincipalkey", "sambantpassword",
  "sambalmpassword", "dbcspwd", "ntpwdhistory", "lmpwdhistory", "supplementalcredentials",
]);

/** Stands for the name of the entry among the attributes; writing it moves or renames. */
export const dnAttribute = "dn";

/** What kinds of entries have in common. */
export interface EntryTraits {
  readonly schema: LdapSchema;
  readonly dialect: LdapDialect;
}

interface KnownAttribute {
  /** As the schema spells it; undefined for what is not shown. */
  readonly name: string | undefined;
  readonly type: ConnectorAttributeType;
  readonly format: LdapFormat;
  readonly many: boolean;
}

/** How entries of one kind are objects: which attributes, which anchor, which state. */
export class EntryKind {
  readonly kind: ObjectKind;
  readonly settings: LdapUsers | LdapGroups;
  readonly schema: LdapSchema;
  readonly dialect: LdapDialect;
  /** Undefined where such objects have no state. */
  readonly state: AccountState | undefined;
  readonly memberAttribute: string | undefined;
  /** Attributes that a search asks for. */
  readonly wanted: readonly string[];

  /** Attributes that are read back after a write: `wanted` without the members, often many. */
  readonly wantedBack: readonly string[];

  private readonly known = new Map<string, KnownAttribute>();
  private readonly single: ReadonlySet<string>;
  private readonly quiet: Set<string>;

  constructor(
    kind: ObjectKind, settings: LdapUsers | LdapGroups, { schema, dialect }: EntryTraits,
  ) {
    this.kind = kind;
    this.settings = settings;
    this.schema = schema;
    this.dialect = dialect;
    this.state = dialect.stateOf(settings);
    this.memberAttribute = "memberAttribute" in settings ? settings.memberAttribute : undefined;
    this.single = new Set(settings.single.map((name) => name.toLowerCase()));
    const asked = [
      ...settings.attributes,
      settings.anchorAttribute,
      ...(this.state === undefined ? [] : [this.state.attribute]),
    ];
    this.quiet = new Set(dialect.quiet);
    for (const name of asked) this.quiet.delete(name.toLowerCase());
    if (dialect.revisionAttribute !== undefined && this.memberAttribute !== undefined) {
      asked.push(dialect.revisionAttribute);
    }
    const atOnce = dialect.membersAtOnce;
    this.wanted = [...new Set([...asked, ...this.wantedMembers(atOnce)])];
    // A range of one is the least that a server with ranges can be asked for.
    this.wantedBack = atOnce === undefined
      ? this.withoutMembers(asked) : [...new Set([...asked, ...this.wantedMembers(1)])];
  }

  /** What the search for a group's first members asks for. */
  wantedMembers(atOnce: number | undefined): readonly string[] {
    if (this.memberAttribute === undefined) return [];
    if (atOnce === undefined) return [this.memberAttribute];
    return [rangeOf(this.memberAttribute, 0, atOnce)];
  }

  private withoutMembers(asked: readonly string[]): readonly string[] {
    const member = this.memberAttribute?.toLowerCase();
    if (member === undefined) return [...new Set(asked)];
    const { must, may } = this.schema.allowed(this.settings.objectClasses);
    const allowed = [...must, ...may].map(firstName);
    return [...new Set(asked)]
      .flatMap((name) => (name === "*" && allowed.length > 0 ? allowed : [name]))
      .filter((name) => name.toLowerCase() !== member);
  }

  /** Attributes of such objects, as the classes of new entries and the settings name them. */
  describe(): ConnectorAttribute[] {
    const { settings, schema } = this;
    const { must, may } = schema.allowed(settings.objectClasses);
    const named = settings.attributes.filter((name) => name !== "*" && name !== "+");
    const everything = settings.attributes.includes("*") ? [...must, ...may] : [];
    const names = new Set([
      ...everything.map(firstName),
      ...[
        settings.rdnAttribute,
        settings.anchorAttribute,
        this.state?.attribute ?? "",
        ...named,
      ].map((name) => this.knowledge(name).name ?? ""),
    ]);
    const required = new Set(must.map(firstName));
    const attributes: ConnectorAttribute[] = [
      { name: dnAttribute, type: "string", caseIgnore: true, required: true, naming: true },
    ];
    for (const name of [...names].sort()) {
      const { name: shown, type, many } = this.knowledge(name);
      if (shown === undefined || shown === "") continue;
      const definition = schema.find(name);
      attributes.push({
        name: shown,
        type,
        ...(many ? { many } : {}),
        ...(definition?.caseIgnore === true ? { caseIgnore: true } : {}),
        ...(required.has(shown) ? { required: true } : {}),
        ...(definition?.readOnly === true ? { readOnly: true } : {}),
      });
    }
    return attributes;
  }

  /** The object of an entry, or why it is none. */
  read(entry: RawEntry): ConnectorObject | ConnectorSkip {
    const anchor = this.anchorOf(entry);
    if (anchor === undefined) {
      const reason = `"${this.settings.anchorAttribute}" has no single value`;
      return { object: entry.dn, code: "ANCHOR_MISSING", reason };
    }
    const attributes: Record<string, ConnectorValue> = { [dnAttribute]: canonicalDn(entry.dn) };
    for (const attribute of entry.attributes) {
      const { name, type, format, many } = this.knowledge(attribute.name);
      if (name === undefined) continue;
      const values = readValues(format, attribute);
      if (values.length === 0) continue;
      if (values.includes(undefined)) {
        return {
          object: entry.dn,
          anchor,
          code: "VALUE_INVALID",
          reason: `"${name}" is not ${type}`,
        };
      }
      const scalars = values as ConnectorScalar[];
      attributes[name] = many || scalars.length > 1 ? scalars : (scalars[0] as ConnectorScalar);
    }
    const object = { kind: this.kind, anchor, name: entry.dn, attributes };
    const enabled = this.state?.read(valuesOf(entry, this.state.attribute) ?? []);
    return enabled === undefined ? object : { ...object, enabled };
  }

  /** How an attribute is read; its name without case, its options with it. */
  knowledge(rawName: string): KnownAttribute {
    const found = this.known.get(rawName);
    if (found !== undefined) return found;
    const [base = "", ...options] = rawName.split(";");
    const definition = this.schema.find(base);
    const canonical = definition === undefined ? base : firstName(definition);
    const hidden = [base, canonical].some((name) => this.isHidden(name.toLowerCase()));
    const knowledge = {
      name: hidden ? undefined : [canonical, ...options].join(";"),
      type: this.schema.typeOf(rawName),
      format: this.schema.formatOf(rawName),
      many:
        definition !== undefined &&
        !definition.single &&
        !this.single.has(base.toLowerCase()) &&
        !this.single.has(canonical.toLowerCase()),
    };
    this.known.set(rawName, knowledge);
    return knowledge;
  }

  anchorOf(entry: RawEntry): string | undefined {
    const values = valuesOf(entry, this.settings.anchorAttribute);
    const [value] = values ?? [];
    if (value === undefined || values?.length !== 1) return undefined;
    const text = fromLdap(this.schema.formatOf(this.settings.anchorAttribute), value);
    return text === undefined || text === "" ? undefined : String(text);
  }

  /** Finds the entry of an anchor; undefined when the text is no such anchor. */
  anchorFilter(anchor: string): LdapFilter | undefined {
    const { anchorAttribute } = this.settings;
    const bytes = toLdap(this.schema.formatOf(anchorAttribute), anchor);
    return bytes === undefined ? undefined : equal(anchorAttribute, bytes);
  }

  private isHidden(name: string): boolean {
    // The last would be the prototype of the object that holds the values.
    return (
      secretAttributes.has(name) ||
      this.quiet.has(name) ||
      name === this.memberAttribute?.toLowerCase() ||
      name === "__proto__"
    );
  }
}

function firstName(type: AttributeType): string {
  return type.names[0] ?? type.oid;
}

/** Values that say something; undefined stands for one that is not of that format. */
function readValues(
  format: LdapFormat, attribute: RawAttribute,
): (ConnectorScalar | undefined)[] {
  if (format !== "fileTime" && attribute instanceof ReceivedAttribute) {
    return attribute.map((frame, begin, end) => fromLdap(format, frame, begin, end));
  }
  return telling(format, attribute.values).map((value) => fromLdap(format, value));
}
