export * from "./model.js";
export { canonicalJson, ruleSetHash } from "./canonical.js";
export { DigestBuilder, itemHash, type ItemObject } from "./digest.js";
export { compileEngine, type Engine } from "./engine.js";
export {
  assessGuard,
  destructiveClasses,
  guardLimitDefault,
  ledgerEntries,
  smallPopulation,
  type GuardBreach,
  type GuardInput,
  type GuardLimit,
  type GuardLimits,
  type GuardVerdict,
} from "./guard.js";
export type { KeyDefinition } from "./keys.js";
export { planMembers, type MembersInput, type MembersPlan } from "./members.js";
export { planAccount, type AccountPlan, type PlanInput } from "./plan.js";
export { equalValues, toValue } from "./values.js";
export { ValueFailure } from "./failure.js";
export { ruleProblemCodes } from "./validate/problems.js";
export { validateRuleSet } from "./validate/validate.js";
