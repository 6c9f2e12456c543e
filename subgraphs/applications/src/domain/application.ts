import type { AttributeSchema, GuardLimits, ObjectKind } from "@joinery/engine";
import type { ExportPolicy } from "./export-policy.js";
import type { Health } from "./health.js";

export const phases = ["sandbox", "semi-automatic", "live"] as const;
/**
 * How much of a plan is carried out: all of it, what people signed off, or, of an application that
 * is still in the sandbox, nothing: it is read, and takes part in simulations.
 */
export type Phase = (typeof phases)[number];

export type ApplicationSchema = { readonly [K in ObjectKind]?: readonly AttributeSchema[] };

/** A connected system. */
export interface Application {
  readonly id: string;
  /** How rule sets call it; unique among those that are not deleted. */
  readonly key: string;
  readonly name: string;
  /** Name of the connector's kind. */
  readonly connector: string;
  /** Settings of the connector that its connection does not say; secrets by name only. */
  readonly configuration: unknown;
  /** The connection that it shares with others; null where it says all of it itself. */
  readonly connectionId: string | null;
  /** All settings of the connector: its connection's, then its own. */
  readonly whole: unknown;
  /** Whether it is read. On whenever it is written to: whoever is there already must be known. */
  readonly imports: boolean;
  /** Whether rules may write to it. */
  readonly provisions: boolean;
  /** Kinds whose accounts may create identities. */
  readonly authoritativeFor: readonly ObjectKind[];
  readonly phase: Phase;
  /** Emergency stop: nothing is exported, the queue stays. */
  readonly stopped: boolean;
  /** As the system told it, with the operator's overrides. */
  readonly schema: ApplicationSchema;
  readonly schemaOverride: ApplicationSchema;
  readonly limits: GuardLimits;
  readonly exportPolicy: ExportPolicy;
  /** Names and anchors of accounts that no rule may write. */
  readonly protectedNames: readonly string[];
  /** Changes are imported as they come. */
  readonly watched: boolean;
  /** Why nobody listens to it though it is watched; null while somebody does. */
  readonly watchCode: string | null;
  readonly watchReason: string | null;
  readonly state: "active" | "deleted";
  readonly revision: number;
  readonly firstImportAt: Date | null;
  readonly firstLiveRunAt: Date | null;
  readonly firstExportAt: Date | null;
  readonly pausedUntil: Date | null;
  readonly pauseCode: string | null;
  readonly pauseReason: string | null;
  readonly health: Health;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** Nothing is asked of it but whether it answers. */
export function isQuarantined({ health }: Pick<Application, "health">): boolean {
  return health.quarantinedAt !== null;
}

export function isWatchable({ watched, imports, state, phase }: Application): boolean {
  return watched && imports && state === "active" && phase !== "sandbox";
}

/** It is still in the sandbox: nobody is told of its accounts, and nothing is written there. */
export function isInSandbox({ phase }: Pick<Application, "phase">): boolean {
  return phase === "sandbox";
}

/** What is to be written there waits for a person's approval, item by item. */
export function isSignedOff({ phase }: Pick<Application, "phase">): boolean {
  return phase === "semi-automatic";
}

/**
 * Whether a change of settings takes away that two people have to approve. One of the two could
 * then do it alone, so it is up to owners.
 */
export function endsFourEyes(
  before: Pick<Application, "phase" | "exportPolicy">,
  after: { readonly phase?: Phase; readonly exportPolicy?: ExportPolicy },
): boolean {
  if (before.exportPolicy.fourEyes !== true) return false;
  return (after.phase === "live" && before.phase !== "live")
    || (after.exportPolicy !== undefined && after.exportPolicy.fourEyes !== true);
}

/** Why an application gets no items now; null when it may. */
export function unavailableFor(application: Application): UnavailableReason | null {
  if (application.state === "deleted") return "APPLICATION_DELETED";
  if (application.phase === "sandbox") return "PHASE_NOT_AVAILABLE";
  if (application.stopped) return "APPLICATION_STOPPED";
  if (!application.provisions) return "PROVISIONING_OFF";
  if (application.firstImportAt === null) return "FIRST_IMPORT_MISSING";
  return null;
}

/** Why it takes no part in a simulation, in which every application is as if it were live. */
export function unavailableInSimulation(
  application: Application,
): "APPLICATION_DELETED" | "FIRST_IMPORT_MISSING" | null {
  if (application.state === "deleted") return "APPLICATION_DELETED";
  return application.firstImportAt === null ? "FIRST_IMPORT_MISSING" : null;
}

export type UnavailableReason =
  | "APPLICATION_DELETED" | "PHASE_NOT_AVAILABLE" | "PROVISIONING_OFF" | "APPLICATION_STOPPED"
  | "FIRST_IMPORT_MISSING";

/**
 * What the system told, with what an operator says of attributes by name. An override may change
 * an attribute and add one the system did not tell of.
 */
export function effectiveSchema(
  discovered: ApplicationSchema,
  override: ApplicationSchema,
): ApplicationSchema {
  const kinds = new Set([...Object.keys(discovered), ...Object.keys(override)] as ObjectKind[]);
  const schema: { -readonly [K in ObjectKind]?: readonly AttributeSchema[] } = {};
  for (const kind of kinds) {
    const byName = new Map((discovered[kind] ?? []).map((each) => [each.name, each]));
    for (const each of override[kind] ?? []) {
      byName.set(each.name, { ...byName.get(each.name), ...each });
    }
    schema[kind] = [...byName.values()];
  }
  return schema;
}
