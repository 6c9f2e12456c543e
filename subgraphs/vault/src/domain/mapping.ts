import type {
  Contribution,
  Engine,
  MappedAccount,
  Reference,
  Scalar,
  Value,
} from "@joinery/engine";
import { toAccountState, type SourceApplication, type StagedAccount } from "./accounts.js";

/** What an account of the application contributes. */
export type MapAccount = (
  account: Omit<StagedAccount, "given">,
  applicationId: string,
) => MappedAccount;

/** Id of the account that an application names by its anchor or name. */
export type ReferenceOf = (
  application: SourceApplication,
  by: "anchor" | "name",
  text: string,
) => string;

/** A name that some account uses for another account of its application. */
export interface NamedReference {
  readonly applicationId: string;
  readonly by: "anchor" | "name";
  readonly text: string;
}

const nothing: MappedAccount = { contributions: [], failures: [], nextDueAt: null };

/**
 * Maps each account once per batch, by the object that holds its values, and collects the
 * references to look up before the identities are folded.
 */
export class AccountMapping {
  readonly #mapped = new Map<object, MappedAccount>();
  readonly references: NamedReference[] = [];
  readonly #engine: Engine;
  readonly #now: string;
  readonly #applicationOf: (id: string) => SourceApplication | undefined;

  constructor(
    engine: Engine,
    now: string,
    applicationOf: (id: string) => SourceApplication | undefined,
  ) {
    this.#engine = engine;
    this.#now = now;
    this.#applicationOf = applicationOf;
  }

  readonly map: MapAccount = (account, applicationId) => {
    const held = this.#mapped.get(account.attributes);
    if (held) return held;
    const application = this.#applicationOf(applicationId);
    const mapped = application
      ? this.#engine.mapInbound(toAccountState(account, application.key), this.#now)
      : nothing;
    this.#mapped.set(account.attributes, mapped);
    for (const { value } of mapped.contributions) this.#collect(value, applicationId);
    return mapped;
  };

  #collect(value: Value, applicationId: string): void {
    for (const one of asList(value)) {
      if (isNamed(one)) this.references.push({ applicationId, by: one.by, text: one.ref });
    }
  }
}

/** A contribution whose references carry account ids instead of the application's own names. */
export function resolveReferences(
  contribution: Contribution,
  application: SourceApplication,
  referenceOf: ReferenceOf,
): Contribution {
  const list = asList(contribution.value);
  if (!list.some(isNamed)) return contribution;
  const resolved = list.map((one) =>
    isNamed(one) ? { ref: referenceOf(application, one.by, one.ref) } : one,
  );
  const [only] = resolved;
  if (only === undefined) return contribution;
  return { ...contribution, value: Array.isArray(contribution.value) ? resolved : only };
}

function asList(value: Value): readonly Scalar[] {
  return Array.isArray(value) ? (value as readonly Scalar[]) : [value as Scalar];
}

function isNamed(value: Scalar): value is Reference & { by: "anchor" | "name" } {
  return typeof value === "object" && value.by !== undefined;
}
