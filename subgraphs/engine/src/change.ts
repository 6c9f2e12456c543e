import { guardClasses, type GuardClass, type IdentityState, type RuleSet } from "./model.js";
import type { Outbound } from "./outbound.js";
import { equalValues } from "./values.js";

/** See `Engine.assessIdentityChange`. */
export function assessChange(
  outbound: Outbound,
  schema: RuleSet["schema"],
  before: IdentityState | null,
  after: IdentityState | null,
  now: string,
): readonly GuardClass[] {
  if (before === null) return after === null ? [] : ["create"];
  const classes = new Set<GuardClass>();
  if (after === null) classes.add("delete");
  else {
    compareAttributes(schema, before, after, classes);
    if (classes.size === 0) return [];
  }
  for (const target of outbound.targets(before.kind)) {
    const was = outbound.standing(target, before, now);
    if (!was.provisioned) continue;
    const is = after === null ? undefined : outbound.standing(target, after, now);
    if (is !== undefined && is.failures.length > 0) continue;
    if (is?.provisioned !== true) {
      if (was.otherwise !== "keep") classes.add(was.otherwise);
    } else if (was.enabled === true && is.enabled === false) {
      classes.add("disable");
    }
  }
  return guardClasses.filter((each) => classes.has(each));
}

function compareAttributes(
  schema: RuleSet["schema"],
  before: IdentityState,
  after: IdentityState,
  classes: Set<GuardClass>,
): void {
  if (before.classification !== after.classification) classes.add("update");
  for (const attribute of schema[before.kind] ?? []) {
    const was = before.attributes[attribute.name];
    const is = after.attributes[attribute.name];
    if (was === is || equalValues(attribute, was, is)) continue;
    classes.add("update");
    if (is === undefined) classes.add("blanking");
  }
}
