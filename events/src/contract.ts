import type { Static, TSchema } from "typebox";
import { Compile } from "typebox/compile";
import { channels, type Channel } from "./envelope.js";
import { EventError } from "./errors.js";

/** A promise about one kind of event: its name, version and the shape of its payload. */
export interface EventContract<Payload = unknown> {
  /** `<owner>.<noun>.<past tense>`. */
  readonly name: string;
  readonly version: number;
  /** The service that alone may send it. */
  readonly owner: string;
  /** Where it may travel; the first is used when the sender does not say. */
  readonly channels: readonly [Channel, ...Channel[]];
  readonly schema: TSchema;
  /**
   * Returns the value itself, typed. Fields that the schema does not know are let through, for a
   * newer sender may add some. Throws EVENT_INVALID with the path of the first fault, no value.
   */
  parse(value: unknown): Payload;
}

const registered = new Map<string, EventContract>();
const namePattern = /^[a-z][a-z0-9-]*(\.[a-z][a-z0-9-]*){2}$/;

/**
 * Declares a contract. Payloads are plain JSON. Throws CONTRACT_DUPLICATE when the same name and
 * version was declared before, EVENT_INVALID for a malformed name.
 */
export function defineEvent<const Schema extends TSchema>(spec: {
  readonly name: string;
  readonly version: number;
  readonly channels?: readonly [Channel, ...Channel[]];
  readonly payload: Schema;
}): EventContract<Static<Schema>> {
  const { name, version } = spec;
  if (!namePattern.test(name) || !Number.isSafeInteger(version) || version < 1) {
    throw new EventError("EVENT_INVALID", "an event is named <owner>.<noun>.<past tense>", {
      name,
    });
  }
  const key = keyOf(name, version);
  if (registered.has(key)) {
    throw new EventError("CONTRACT_DUPLICATE", "a contract is declared twice", { name, version });
  }
  const contract: EventContract<Static<Schema>> = {
    name,
    version,
    owner: name.slice(0, name.indexOf(".")),
    channels: spec.channels ?? [channels[0]],
    schema: spec.payload,
    parse: parser(name, version, spec.payload),
  };
  registered.set(key, contract);
  return contract;
}

/** Every contract declared so far, by name and version. */
export function allContracts(): readonly EventContract[] {
  return [...registered.values()].sort((a, b) =>
    keyOf(a.name, a.version).localeCompare(keyOf(b.name, b.version)),
  );
}

/** Compiled at the first use: a service declares every contract and reads few of them. */
function parser<Schema extends TSchema>(name: string, version: number, schema: Schema) {
  let validator: ReturnType<typeof Compile<Schema>> | undefined;
  return (value: unknown): Static<Schema> => {
    validator ??= Compile(schema);
    if (validator.Check(value)) return value as Static<Schema>;
    const [first] = validator.Errors(value);
    throw new EventError("EVENT_INVALID", "a payload does not fit its contract", {
      name,
      version,
      at: first?.instancePath ?? "",
      rule: first?.keyword ?? "",
    });
  };
}

function keyOf(name: string, version: number): string {
  return `${name}.v${version}`;
}
