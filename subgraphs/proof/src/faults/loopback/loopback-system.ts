import type {
  ConnectorAttribute, ConnectorChange, ConnectorMember, ConnectorObject, ConnectorSchema,
  ConnectorValue, ObjectKind,
} from "@joinery/connectors";
import type { Answer, Contents, Effect, Operation } from "./protocol.js";

const text = (name: string): ConnectorAttribute => ({ name, type: "string" });

const schema: ConnectorSchema = {
  user: [
    { ...text("login"), required: true }, text("displayName"), text("mail"), text("department"),
    text("title"), text("city"), { name: "manager", type: "reference" },
  ],
  group: [{ ...text("name"), required: true }, text("description")],
};

/** Attribute by which people and groups are called. */
export const namingOf: Readonly<Record<ObjectKind, string>> = { user: "login", group: "name" };

/**
 * An application that others write to: it keeps accounts, groups and members, and remembers every
 * operation that changed something. Like many systems it does not mind two accounts of one name, so
 * whoever writes carelessly leaves duplicates behind. A write is done whole or not at all.
 */
export class LoopbackSystem {
  readonly effects: Effect[] = [];
  readonly #objects = new Map<string, ConnectorObject>();
  readonly #members = new Map<string, Set<string>>();
  #made = 0;

  contents(): Contents {
    return { schema, objects: this.objects(), members: this.members() };
  }

  objects(): ConnectorObject[] {
    return [...this.#objects.values()];
  }

  members(): ConnectorMember[] {
    return [...this.#members].flatMap(([group, members]) =>
      [...members].map((member) => ({ group, member })));
  }

  named(kind: ObjectKind, names: readonly string[]): ConnectorObject[] {
    const wanted = new Set(names);
    return this.objects().filter((each) => each.kind === kind && wanted.has(each.name));
  }

  perform(operation: Operation): Answer {
    if (operation.operation === "create") return this.#create(operation);
    const object = this.#objects.get(operation.anchor);
    if (operation.operation === "delete") return this.#delete(operation, object);
    if (object === undefined) return { ok: false, code: "OBJECT_GONE" };
    return operation.operation === "update"
      ? this.#update(operation, object)
      : this.#changeMembers(operation, object);
  }

  #create({ id, kind, attributes, enabled }: Operation & { operation: "create" }): Answer {
    this.#made += 1;
    const anchor = `${kind}-${this.#made}`;
    const name = String(attributes[namingOf[kind]] ?? anchor);
    const object: ConnectorObject = {
      kind, anchor, name, attributes, ...(kind === "user" ? { enabled: enabled ?? true } : {}),
    };
    this.#objects.set(anchor, object);
    const state = enabled === undefined ? {} : { $enabled: enabled };
    this.#note(id, "create", object, { ...attributes, ...state });
    return { ok: true, object, already: false };
  }

  #update(
    { id, changes, enabled }: Operation & { operation: "update" },
    object: ConnectorObject,
  ): Answer {
    const attributes: Record<string, ConnectorValue> = { ...object.attributes };
    const written: Record<string, unknown> = {};
    for (const [name, change] of Object.entries(changes)) {
      const now = attributes[name] ?? null;
      if (isSame(now, change.after)) continue;
      if (!isBase(now, change)) return { ok: false, code: "OBJECT_CHANGED" };
      if (change.after === null) delete attributes[name];
      else attributes[name] = change.after;
      written[name] = change.after;
    }
    if (enabled !== undefined && enabled !== object.enabled) written["$enabled"] = enabled;
    if (Object.keys(written).length === 0) return { ok: true, object, already: true };
    const name = String(attributes[namingOf[object.kind]] ?? object.name);
    const state = enabled === undefined ? {} : { enabled };
    const now: ConnectorObject = { ...object, name, attributes, ...state };
    this.#objects.set(object.anchor, now);
    this.#note(id, "update", now, written);
    return { ok: true, object: now, already: false };
  }

  #delete(
    { id, anchor }: Operation & { operation: "delete" },
    object: ConnectorObject | undefined,
  ): Answer {
    if (object === undefined) return { ok: true, already: true };
    this.#objects.delete(anchor);
    this.#members.delete(anchor);
    this.#note(id, "delete", object, {});
    return { ok: true, already: false };
  }

  #changeMembers(
    { id, add, remove }: Operation & { operation: "members" },
    group: ConnectorObject,
  ): Answer {
    const members = this.#members.get(group.anchor) ?? new Set<string>();
    const added = add.filter((member) => !members.has(member));
    const removed = remove.filter((member) => members.has(member));
    if (added.length + removed.length === 0) return { ok: true, object: group, already: true };
    for (const member of added) members.add(member);
    for (const member of removed) members.delete(member);
    this.#members.set(group.anchor, members);
    this.#note(id, "members", group, { add: added, remove: removed });
    return { ok: true, object: group, already: false };
  }

  #note(
    id: string,
    operation: Effect["operation"],
    { kind, anchor, name }: ConnectorObject,
    written: Effect["written"],
  ): void {
    this.effects.push({ at: Date.now(), id, operation, kind, anchor, name, written });
  }
}

function isBase(now: ConnectorValue | null, { before }: ConnectorChange): boolean {
  return before === undefined || isSame(now, before);
}

function isSame(a: ConnectorValue | null, b: ConnectorValue | null): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
