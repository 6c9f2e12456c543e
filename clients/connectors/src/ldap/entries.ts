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
import { canonicalDn } from "./dn.js";
import { equal, type LdapFilter } from "./filter.js";
import { valuesOf, type RawAttribute, type RawEntry } from "./messages.js";
import type { AttributeType, LdapSchema } from "./schema.js";
import { fromLdap, guidBytes, guidText, toLdap } from "./values.js";

/** Never read and never shown: what a password is kept as. */
const secretAttributes = new Set([
  "userpassword", "unicodepwd", "authpassword", "krbprincipalkey", "sambantpassword",
  "sambalmpassword", "dbcspwd", "ntpwdhistory", "lmpwdhistory", "supplementalcredentials",
]);

/** Stands for the name of the entry among the attributes; writing it moves or renames. */
export const dnAttribute = "dn";

interface KnownAttribute {
  /** As the schema spells it; undefined for what is not shown. */
  readonly name: string | undefined;
  readonly type: ConnectorAttributeType;
  readonly many: boolean;
}

/** How entries of one kind are objects: which attributes, which anchor, which state. */
export class EntryKind {
  readonly kind: ObjectKind;
  readonly settings: LdapUsers | LdapGroups;
  readonly schema: LdapSchema;
  readonly memberAttribute: string | undefined;
  /** Attributes that a search asks for. */
  readonly wanted: readonly string[];

  /** Attributes that are read back after a write: `wanted` without the members, often many. */
  readonly wantedBack: readonly string[];

  private readonly known = new Map<string, KnownAttribute>();
  private readonly single: ReadonlySet<string>;
  private readonly anchorName: string;

  constructor(kind: ObjectKind, settings: LdapUsers | LdapGroups, schema: LdapSchema) {
    this.kind = kind;
    this.settings = settings;
    this.schema = schema;
    this.memberAttribute = "memberAttribute" in settings ? settings.memberAttribute : undefined;
    this.single = new Set(settings.single.map((name) => name.toLowerCase()));
    this.anchorName = settings.anchorAttribute.toLowerCase();
    this.wanted = [
      ...new Set([
        ...settings.attributes,
        settings.anchorAttribute,
        ...(settings.enabledBy === undefined ? [] : [settings.enabledBy.attribute]),
        ...(this.memberAttribute === undefined ? [] : [this.memberAttribute]),
      ]),
    ];
    this.wantedBack = this.withoutMembers();
  }

  private withoutMembers(): readonly string[] {
    const member = this.memberAttribute?.toLowerCase();
    if (member === undefined) return this.wanted;
    const { must, may } = this.schema.allowed(this.settings.objectClasses);
    const allowed = [...must, ...may].map(firstName);
    return this.wanted
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
        settings.enabledBy?.attribute ?? "",
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
      const { name, type, many } = this.knowledge(attribute.name);
      if (name === undefined || attribute.values.length === 0) continue;
      const values = readValues(type, attribute);
      if (values === undefined) {
        return {
          object: entry.dn,
          anchor,
          code: "VALUE_INVALID",
          reason: `"${name}" is not ${type}`,
        };
      }
      attributes[name] = many || values.length > 1 ? values : (values[0] as ConnectorScalar);
    }
    const object = { kind: this.kind, anchor, name: entry.dn, attributes };
    const enabled = this.enabledOf(entry);
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
    if (this.anchorName === "objectguid") return guidText(value);
    const text = fromLdap(this.schema.typeOf(this.anchorName), value);
    return text === undefined || text === "" ? undefined : String(text);
  }

  /** Finds the entry of an anchor; undefined when the text is no such anchor. */
  anchorFilter(anchor: string): LdapFilter | undefined {
    const bytes =
      this.anchorName === "objectguid"
        ? guidBytes(anchor)
        : toLdap(this.schema.typeOf(this.anchorName), anchor);
    return bytes === undefined ? undefined : equal(this.settings.anchorAttribute, bytes);
  }

  private enabledOf(entry: RawEntry): boolean | undefined {
    const { enabledBy } = this.settings;
    if (enabledBy === undefined) return undefined;
    const value = valuesOf(entry, enabledBy.attribute)?.[0]?.toString("utf8");
    if (value === undefined) return enabledBy.enabledValue === null ? true : undefined;
    if (value.toLowerCase() === enabledBy.disabledValue.toLowerCase()) return false;
    return value.toLowerCase() === enabledBy.enabledValue?.toLowerCase() ? true : undefined;
  }

  private isHidden(name: string): boolean {
    // The last would be the prototype of the object that holds the values.
    return (
      secretAttributes.has(name) ||
      name === this.memberAttribute?.toLowerCase() ||
      name === "__proto__"
    );
  }
}

function firstName(type: AttributeType): string {
  return type.names[0] ?? type.oid;
}

function readValues(
  type: ConnectorAttributeType,
  { values }: RawAttribute,
): ConnectorScalar[] | undefined {
  const read: ConnectorScalar[] = [];
  for (const value of values) {
    const scalar = fromLdap(type, value);
    if (scalar === undefined) return undefined;
    read.push(scalar);
  }
  return read;
}
