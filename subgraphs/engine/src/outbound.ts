import { classificationIds, toFailure } from "./classify.js";
import { compileExpression, evaluate } from "./language/expression.js";
import type { Frame } from "./language/frame.js";
import { truth } from "./language/operators.js";
import type { Run } from "./language/scope.js";
import { bool } from "./language/types.js";
import { compileMappers, firstYield, type AttributeMappers } from "./mappers.js";
import { objectKinds, type ApplicationKey, type Desired, type IdentityState } from "./model.js";
import type { MapperFailure, ObjectKind, OutboundRules, RuleSet, Value } from "./model.js";
import { scopeOf } from "./scopes.js";

interface Condition {
  readonly id: string;
  readonly run: Run;
}

interface CompiledOutbound {
  readonly provision: Condition;
  readonly enabled: Condition | undefined;
  readonly otherwise: OutboundRules["otherwise"];
  readonly groups: readonly AttributeMappers[];
}

/** Whether an identity's account should be there and be enabled; attributes left aside. */
export interface Standing {
  readonly provisioned: boolean;
  readonly enabled: boolean | null;
  readonly otherwise: OutboundRules["otherwise"];
  readonly failures: readonly MapperFailure[];
}

export interface Outbound {
  readonly targets: (kind: ObjectKind) => readonly ApplicationKey[];
  readonly standing: (target: ApplicationKey, identity: IdentityState, now: string) => Standing;
  readonly desire: (target: ApplicationKey, identity: IdentityState, now: string) => Desired;
}

export function compileOutbound(ruleSet: RuleSet, frame: Frame): Outbound {
  const places = compilePlaces(ruleSet);
  const ids = classificationIds(ruleSet);
  const targets = {
    user: targetsOf(ruleSet, "user"),
    group: targetsOf(ruleSet, "group"),
  };
  const enter = (target: ApplicationKey, identity: IdentityState, now: string): CompiledOutbound => {
    const outbound = places[identity.kind].get(target);
    if (outbound === undefined) throw new RangeError("the rule set has no such target");
    frame.begin(now);
    frame.attributes = identity.attributes;
    frame.identity = identity.id;
    frame.classification = ids.get(identity.classification);
    return outbound;
  };
  return {
    targets: (kind) => targets[kind],
    standing: (target, identity, now) => {
      const outbound = enter(target, identity, now);
      const failures: MapperFailure[] = [];
      const provisioned = holds(outbound.provision, frame, failures);
      const enabled = provisioned ? enabledBy(outbound, frame, failures) : null;
      return { provisioned, enabled, otherwise: outbound.otherwise, failures };
    },
    desire: (target, identity, now) => desireOf(enter(target, identity, now), frame),
  };
}

function targetsOf(ruleSet: RuleSet, kind: ObjectKind): readonly ApplicationKey[] {
  return Object.keys(ruleSet.applications).filter((key) => {
    return ruleSet.applications[key]?.[kind]?.outbound !== undefined;
  });
}

function compilePlaces(
  ruleSet: RuleSet,
): Readonly<Record<ObjectKind, ReadonlyMap<ApplicationKey, CompiledOutbound>>> {
  const places = {
    user: new Map<ApplicationKey, CompiledOutbound>(),
    group: new Map<ApplicationKey, CompiledOutbound>(),
  };
  for (const [application, rules] of Object.entries(ruleSet.applications)) {
    for (const kind of objectKinds) {
      const outbound = rules[kind]?.outbound;
      if (outbound === undefined) continue;
      const side = { kind: "identity", schema: ruleSet.schema[kind] ?? [] } as const;
      const condition = (rule: { readonly id: string; readonly when: string }): Condition => ({
        id: rule.id,
        run: compileExpression(rule.when, scopeOf(side), bool).run,
      });
      places[kind].set(application, {
        provision: condition(outbound.provision),
        enabled: outbound.enabled === undefined ? undefined : condition(outbound.enabled),
        otherwise: outbound.otherwise,
        groups: compileMappers(outbound.mappers, side, undefined),
      });
    }
  }
  return places;
}

function holds(condition: Condition, frame: Frame, failures: MapperFailure[]): boolean {
  try {
    return truth(evaluate(condition.run, frame));
  } catch (error) {
    failures.push(toFailure(condition.id, error));
    return false;
  }
}

function enabledBy(
  outbound: CompiledOutbound,
  frame: Frame,
  failures: MapperFailure[],
): boolean | null {
  return outbound.enabled === undefined ? null : holds(outbound.enabled, frame, failures);
}

function desireOf(outbound: CompiledOutbound, frame: Frame): Desired {
  const failures: MapperFailure[] = [];
  const because: Record<string, string> = { $provision: outbound.provision.id };
  const attributes: Record<string, Value | null> = {};
  const weak: string[] = [];
  const provisioned = holds(outbound.provision, frame, failures);
  let enabled: boolean | null = null;
  if (provisioned) {
    enabled = enabledBy(outbound, frame, failures);
    if (outbound.enabled !== undefined) because["$enabled"] = outbound.enabled.id;
    for (const group of outbound.groups) wish(group, frame, { attributes, because, weak, failures });
  }
  const { otherwise } = outbound;
  const nextDueAt = frame.nextDueAt;
  return { provisioned, enabled, attributes, weak, because, otherwise, failures, nextDueAt };
}

interface Wishes {
  readonly attributes: Record<string, Value | null>;
  readonly because: Record<string, string>;
  readonly weak: string[];
  readonly failures: MapperFailure[];
}

/** An attribute that only weak mappers speak of is never emptied. */
function wish(group: AttributeMappers, frame: Frame, wishes: Wishes): void {
  const found = firstYield(group, frame, wishes.failures);
  const mapper = found?.mapper ?? group.mappers[0];
  if (mapper === undefined || (found === undefined && mapper.strength === "weak")) return;
  wishes.attributes[group.attribute] = found === undefined ? null : found.value;
  wishes.because[group.attribute] = mapper.id;
  if (mapper.strength === "weak") wishes.weak.push(group.attribute);
}
