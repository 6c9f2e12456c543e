import {
  ConnectorError,
  type ConnectorAttribute,
  type ConnectorAttributes,
  type ConnectorChange,
  type ConnectorMember,
  type ConnectorObject,
  type ConnectorScalar,
  type ConnectorSchema,
  type ConnectorValue,
  type ConnectorWrite,
  type ObjectKind,
  type WriteResult,
} from "../connector.js";
import { FakeJournal } from "./fake-journal.js";

type Write<Operation extends ConnectorWrite["operation"]> =
  Extract<ConnectorWrite, { readonly operation: Operation }>;

/** One write that had an effect, as the system saw it. */
export interface FakeEffect {
  readonly operation: "create" | "update" | "enable" | "disable" | "delete" | "members";
  readonly kind: ObjectKind;
  readonly anchor: string;
  /** Id of the write that did it. */
  readonly id: string;
  /** Attributes that changed, in order. */
  readonly attributes: readonly string[];
}

export interface FakeSystemOptions {
  readonly schema?: ConnectorSchema;
  /** Attribute whose value is the name of an object; unique in its kind. */
  readonly naming?: Readonly<Record<ObjectKind, string>>;
}

const defaultSchema: ConnectorSchema = {
  user: [
    { name: "login", type: "string", required: true, caseIgnore: true, naming: true },
    { name: "displayName", type: "string" },
    { name: "mail", type: "string", many: true, caseIgnore: true },
    { name: "department", type: "string" },
    { name: "title", type: "string" },
    { name: "employeeNumber", type: "string" },
    { name: "manager", type: "reference" },
    { name: "photo", type: "binary" },
    { name: "description", type: "string" },
  ],
  group: [
    { name: "name", type: "string", required: true, caseIgnore: true, naming: true },
    { name: "description", type: "string" },
  ],
};

/**
 * A system in memory that behaves: names are unique, anchors never come again, updates apply only
 * to what they were computed from, and everything that had an effect is remembered.
 */
export class FakeSystem {
  readonly schema: ConnectorSchema;
  /** Everything that had an effect, in order. */
  readonly effects: FakeEffect[] = [];

  /** What happened to it, as it tells those who ask for changes. */
  readonly journal: FakeJournal = new FakeJournal((anchor) => this.find(anchor));

  private readonly naming: Readonly<Record<ObjectKind, string>>;
  private readonly objects = new Map<string, ConnectorObject>();
  private readonly memberSets = new Map<string, Set<string>>();
  private lastAnchor = 0;

  constructor(options: FakeSystemOptions = {}) {
    this.schema = options.schema ?? defaultSchema;
    this.naming = options.naming ?? { user: "login", group: "name" };
  }

  /** What was done to one object, in order. */
  writes(anchor: string): readonly FakeEffect["operation"][] {
    return this.effects
      .filter((effect) => effect.anchor === anchor)
      .map((effect) => effect.operation);
  }

  all(): readonly ConnectorObject[] {
    return [...this.objects.values()];
  }

  find(anchor: string): ConnectorObject | undefined {
    return this.objects.get(anchor);
  }

  findByName(kind: ObjectKind, name: string): ConnectorObject | undefined {
    const wanted = name.toLowerCase();
    return this.all().find((each) => each.kind === kind && each.name.toLowerCase() === wanted);
  }

  members(): readonly ConnectorMember[] {
    return [...this.memberSets].flatMap(([group, members]) =>
      [...members].map((member) => ({ group, member })),
    );
  }

  /** Puts an object there, as if others had; returns its anchor. Not an effect of ours. */
  seed(kind: ObjectKind, attributes: ConnectorAttributes, enabled = true): string {
    return this.store(kind, attributes, enabled).anchor;
  }

  /** Changes an object, as if others had. Precondition: it exists. */
  change(anchor: string, attributes: ConnectorAttributes): void {
    const object = this.objects.get(anchor);
    if (object === undefined) throw new Error(`the fake has no ${anchor}`);
    this.objects.set(anchor, { ...object, attributes: { ...object.attributes, ...attributes } });
    this.journal.note({ anchor });
  }

  /** Takes an object away, as if others had. */
  remove(anchor: string): void {
    this.objects.delete(anchor);
    this.memberSets.delete(anchor);
    this.journal.note({ anchor });
  }

  /** Performs one write. Throws ConnectorError of kind skip, with nothing done. */
  perform(write: ConnectorWrite): WriteResult {
    switch (write.operation) {
      case "create":
        return this.create(write);
      case "update":
        return this.update(write);
      case "delete":
        return this.delete(write);
      case "members":
        return this.changeMembers(write);
    }
  }

  /** Name that a new object would have. */
  nameOf(write: Write<"create">): string {
    return String(single(write.attributes[this.naming[write.kind]]) ?? "");
  }

  private create(write: Write<"create">): WriteResult {
    this.validate(write.kind, write.attributes);
    const name = this.nameOf(write);
    if (name === "")
      throw new ConnectorError("skip", "VALUE_INVALID", `"${this.naming[write.kind]}" is required`);
    const present = this.findByName(write.kind, name);
    if (present !== undefined) {
      const same = Object.entries(write.attributes).every(([attribute, value]) =>
        this.isSame(write.kind, attribute, present.attributes[attribute] ?? null, value),
      );
      if (same && (write.enabled ?? true) === present.enabled) {
        return { id: write.id, ok: true, already: true, object: present };
      }
      throw new ConnectorError("skip", "OBJECT_EXISTS", "another object has its name");
    }
    const object = this.store(write.kind, write.attributes, write.enabled ?? true);
    this.note("create", object, write.id, Object.keys(write.attributes));
    return { id: write.id, ok: true, object };
  }

  private update(write: Write<"update">): WriteResult {
    const object = this.get(write.kind, write.anchor);
    this.validate(
      write.kind,
      Object.fromEntries(
        Object.entries(write.changes).flatMap(([name, { after }]) =>
          after === null ? [[name, ""]] : [[name, after]],
        ),
      ),
    );
    const attributes: Record<string, ConnectorValue> = { ...object.attributes };
    const changed: string[] = [];
    for (const [name, change] of Object.entries(write.changes)) {
      if (!this.applies(write.kind, name, object.attributes[name] ?? null, change)) continue;
      changed.push(name);
      const after = this.stored(write.kind, name, change.after);
      if (after === undefined) delete attributes[name];
      else attributes[name] = after;
    }
    const enabled = write.enabled ?? object.enabled ?? true;
    const switched = enabled !== object.enabled;
    if (changed.length === 0 && !switched) return { id: write.id, ok: true, already: true, object };
    const name = String(single(attributes[this.naming[write.kind]]) ?? "");
    const rival = this.findByName(write.kind, name);
    if (rival !== undefined && rival.anchor !== object.anchor) {
      throw new ConnectorError("skip", "OBJECT_EXISTS", "another object has its name");
    }
    const now = { ...object, name, attributes, enabled };
    this.objects.set(object.anchor, now);
    this.journal.note({ anchor: object.anchor });
    if (changed.length > 0) this.note("update", now, write.id, changed);
    if (switched) this.note(enabled ? "enable" : "disable", now, write.id, []);
    return { id: write.id, ok: true, object: now };
  }

  private delete(write: Write<"delete">): WriteResult {
    const object = this.objects.get(write.anchor);
    if (object === undefined) return { id: write.id, ok: true, already: true };
    this.remove(write.anchor);
    this.note("delete", object, write.id, []);
    return { id: write.id, ok: true };
  }

  private changeMembers(write: Write<"members">): WriteResult {
    const group = this.get("group", write.anchor);
    const members = this.memberSets.get(write.anchor) ?? new Set();
    const before = [...members].join("\n");
    for (const member of write.add) members.add(member);
    for (const member of write.remove) members.delete(member);
    for (const member of [...write.add, ...write.remove]) {
      this.journal.note({ group: write.anchor, member, isIn: members.has(member) });
    }
    this.memberSets.set(write.anchor, members);
    if ([...members].join("\n") === before)
      return { id: write.id, ok: true, already: true, object: group };
    this.note("members", group, write.id, []);
    return { id: write.id, ok: true, object: group };
  }

  /** Whether a change is still to be made. Throws `OBJECT_CHANGED`. */
  private applies(
    kind: ObjectKind,
    name: string,
    now: ConnectorValue | null,
    { before, after }: ConnectorChange,
  ): boolean {
    if (this.isSame(kind, name, now, after)) return false;
    if (before !== undefined && !this.isSame(kind, name, now, before)) {
      throw new ConnectorError("skip", "OBJECT_CHANGED", `"${name}" is not what it was`);
    }
    return true;
  }

  private get(kind: ObjectKind, anchor: string): ConnectorObject {
    const object = this.objects.get(anchor);
    if (object?.kind === kind) return object;
    throw new ConnectorError("skip", "OBJECT_GONE", "no object has its anchor");
  }

  private store(kind: ObjectKind, given: ConnectorAttributes, enabled: boolean): ConnectorObject {
    this.lastAnchor += 1;
    const anchor = `${kind}-${this.lastAnchor}`;
    const attributes: Record<string, ConnectorValue> = {};
    for (const [name, value] of Object.entries(given)) {
      const stored = this.stored(kind, name, value);
      if (stored !== undefined) attributes[name] = stored;
    }
    const name = String(single(attributes[this.naming[kind]]) ?? anchor);
    const object = { kind, anchor, name, attributes, enabled };
    this.objects.set(anchor, object);
    this.journal.note({ anchor });
    return object;
  }

  /** A value as it is kept: lists for attributes with several values, nothing for no value. */
  private stored(
    kind: ObjectKind,
    name: string,
    value: ConnectorValue | null,
  ): ConnectorValue | undefined {
    const values = listOf(value);
    if (values.length === 0) return undefined;
    return this.attribute(kind, name).many === true ? [...new Set(values)] : values[0];
  }

  private validate(kind: ObjectKind, attributes: ConnectorAttributes): void {
    for (const [name, value] of Object.entries(attributes)) {
      const attribute = this.attribute(kind, name);
      const values = listOf(value);
      const isBase64 = (text: string): boolean =>
        Buffer.from(text, "base64").toString("base64") === text;
      const wrong =
        (values.length > 1 && attribute.many !== true) ||
        (attribute.type === "binary" && !values.every((each) => isBase64(String(each))));
      if (wrong)
        throw new ConnectorError(
          "skip",
          "VALUE_INVALID",
          `a value for "${name}" is not ${attribute.type}`,
        );
    }
  }

  private attribute(kind: ObjectKind, name: string): ConnectorAttribute {
    const attribute = this.schema[kind]?.find((each) => each.name === name);
    if (attribute !== undefined) return attribute;
    throw new ConnectorError("skip", "VALUE_INVALID", `"${name}" is no attribute of a ${kind}`);
  }

  private isSame(
    kind: ObjectKind,
    name: string,
    left: ConnectorValue | null,
    right: ConnectorValue | null,
  ): boolean {
    const fold = this.attribute(kind, name).caseIgnore === true;
    const key = (value: ConnectorValue | null): string =>
      JSON.stringify(
        [
          ...new Set(
            listOf(value).map((each) => (fold ? String(each).toLowerCase() : String(each))),
          ),
        ].sort(),
      );
    return key(left) === key(right);
  }

  private note(
    operation: FakeEffect["operation"],
    { kind, anchor }: ConnectorObject,
    id: string,
    attributes: readonly string[],
  ): void {
    this.effects.push({ operation, kind, anchor, id, attributes });
  }
}

function listOf(value: ConnectorValue | null | undefined): readonly ConnectorScalar[] {
  const values = (Array.isArray(value) ? value : [value]) as readonly (
    ConnectorScalar | null | undefined
  )[];
  return values.filter(
    (each) => each !== null && each !== undefined && each !== "",
  ) as ConnectorScalar[];
}

function single(value: ConnectorValue | undefined): ConnectorScalar | undefined {
  return listOf(value)[0];
}
