import type { KeyObject } from "node:crypto";
import type { Engine, ObjectKind, RuleSet } from "@joinery/engine";
import { uuidv5 } from "@joinery/kit";
import type { Application } from "../../domain/application.js";
import type { ErrorTallies, Run, Wave } from "../../domain/run.js";
import type { Deps, Task } from "../ports.js";

/** One run whose outbound wave is computed, and the claim under which it is. */
export interface OutboundWork {
  readonly deps: Deps;
  readonly task: Task;
  readonly signal: AbortSignal;
  readonly run: Run;
  readonly wave: Wave;
  readonly rules: CompiledRules;
  /** Applications that may have items, by their keys. */
  readonly targets: ReadonlyMap<string, Application>;
  /** Ids of applications in which everybody is planned for. */
  readonly allDue: ReadonlySet<string>;
  readonly digestKey: KeyObject;
  /** Outbound looks at one moment, however long it takes. */
  readonly now: Date;
  readonly tally: OutboundTally;
}

export interface CompiledRules {
  readonly ruleSet: RuleSet;
  readonly engine: Engine;
}

export interface OutboundTally {
  readonly errors: ErrorTallies;
  identities: number;
  failed: number;
  pending: number;
  contradictions: number;
  protected: number;
}

/** The targets of a kind that are available, in the rule set's order. */
export function targetsOf(work: OutboundWork, kind: ObjectKind): Application[] {
  return work.rules.engine.targets(kind).flatMap((key) => {
    const application = work.targets.get(key);
    return application === undefined ? [] : [application];
  });
}

/** The export wave of a run in one application; the same id whenever it is asked. */
export function exportWaveId(tenant: string, runId: string, applicationId: string): string {
  return uuidv5(tenant, runId, "export", applicationId);
}

/** The account that an identity will have in an application, before anybody made it. */
export function plannedAccountId(
  tenant: string,
  applicationId: string,
  kind: ObjectKind,
  identityId: string,
): string {
  return uuidv5(tenant, applicationId, kind, "planned", identityId);
}
