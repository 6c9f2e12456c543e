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
import { compareText } from "./values.js";

interface Condition {
  readonly id: string;
  readonly run: Run;
}

interface CompiledOutbound {
  readonly provision: Condition;
  readonly enabled: Condition | undefined;
  readonly otherwise: OutboundRules["otherwise"];
  readonly later: Pick<OutboundRules, "deleteAfterDays">;
  readonly groups: readonly AttributeMappers[];
  readonly blank: Blank;
}

/**
 * What is wished before any mapper has yielded: everything empty, by each attribute's first mapper.
 * Copied for each object, which is much faster than naming every attribute again.
 */
interface Blank {
  readonly attributes: Readonly<Record<string, Value | null>>;
  readonly because: Readonly<Record<string, string>>;
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
  readonly desire: (
    target: ApplicationKey, identity: IdentityState, now: string, number: number,
  ) => Desired;
}

export function compileOutbound(ruleSet: RuleSet, frame: Frame): Outbound {
  const places = compilePlaces(ruleSet);
  const ids = classificationIds(ruleSet);
  const targets = {
    user: targetsOf(ruleSet, "user"),
    group: targetsOf(ruleSet, "group"),
  };
  const enter = (
    target: ApplicationKey,
    identity: IdentityState,
    now: string,
  ): CompiledOutbound => {
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
    desire: (target, identity, now, number) => {
      const outbound = enter(target, identity, now);
      frame.number = number;
      return desireOf(outbound, frame);
    },
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
      const mappers = compileMappers(outbound.mappers, { ...side, numbered: true }, undefined);
      const groups = [...mappers].sort((a, b) => compareText(a.attribute, b.attribute));
      places[kind].set(application, {
        provision: condition(outbound.provision),
        enabled: outbound.enabled === undefined ? undefined : condition(outbound.enabled),
        otherwise: outbound.otherwise,
        later:
          outbound.deleteAfterDays === undefined
            ? {}
            : { deleteAfterDays: outbound.deleteAfterDays },
        groups,
        blank: blankOf(outbound, groups),
      });
    }
  }
  return places;
}

/** An attribute that only weak mappers speak of is never emptied. */
function blankOf(outbound: OutboundRules, groups: readonly AttributeMappers[]): Blank {
  const attributes: Record<string, null> = {};
  const because: Record<string, string> = { $provision: outbound.provision.id };
  if (outbound.enabled !== undefined) because["$enabled"] = outbound.enabled.id;
  for (const { attribute, mappers } of groups) {
    const [first] = mappers;
    if (first === undefined || first.strength === "weak") continue;
    attributes[attribute] = null;
    because[attribute] = first.id;
  }
  // Parsed objects have one fast shape, however many members they have; grown ones may not.
  return JSON.parse(JSON.stringify({ attributes, because })) as Blank;
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
  const weak: string[] = [];
  const numbered: string[] = [];
  const { blank, otherwise, later } = outbound;
  if (!holds(outbound.provision, frame, failures)) {
    const because = { $provision: outbound.provision.id };
    const nextDueAt = frame.nextDueAt;
    const nothing = { provisioned: false, enabled: null, attributes: {}, weak, numbered };
    return { ...nothing, because, otherwise, ...later, failures, nextDueAt };
  }
  const enabled = enabledBy(outbound, frame, failures);
  const attributes: Record<string, Value | null> = { ...blank.attributes };
  const because: Record<string, string> = { ...blank.because };
  for (const group of outbound.groups) {
    frame.isNumberRead = false;
    const found = firstYield(group, frame, failures);
    if (frame.isNumberRead) numbered.push(group.attribute);
    if (found === undefined) continue;
    const { mapper, value } = found;
    attributes[group.attribute] = value;
    if (mapper !== group.mappers[0] || mapper.strength === "weak") {
      because[group.attribute] = mapper.id;
    }
    if (mapper.strength === "weak") weak.push(group.attribute);
  }
  const nextDueAt = frame.nextDueAt;
  return {
    provisioned: true, enabled, attributes, weak, numbered, because, otherwise, ...later, failures,
    nextDueAt,
  };
}
