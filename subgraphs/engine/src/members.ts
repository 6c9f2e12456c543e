import type { OutboundRules } from "./model.js";

export interface MembersInput {
  readonly wanted: ReadonlySet<string>;
  /**
   * Account ids of the members that the group has; `ours` where we added them. A member that could
   * not be resolved to an account is not given here, or is given with `resolved: false`.
   */
  readonly actual: ReadonlyMap<string, { readonly ours: boolean; readonly resolved?: boolean }>;
  readonly range: NonNullable<OutboundRules["memberships"]>;
}

export interface MembersPlan {
  readonly add: readonly string[];
  readonly remove: readonly string[];
}

/**
 * | range | added               | removed                              |
 * | ----- | ------------------- | ------------------------------------ |
 * | all   | wanted, not there   | there, not wanted                    |
 * | own   | wanted, not there   | there, not wanted, added by us       |
 * | none  | nothing             | nothing                              |
 *
 * What could not be resolved is never removed. Both lists are sorted.
 */
export function planMembers({ wanted, actual, range }: MembersInput): MembersPlan {
  if (range === "none") return { add: [], remove: [] };
  const add: string[] = [];
  for (const member of wanted) if (!actual.has(member)) add.push(member);
  const remove: string[] = [];
  for (const [member, { ours, resolved }] of actual) {
    if (wanted.has(member) || resolved === false) continue;
    if (range === "all" || ours) remove.push(member);
  }
  return { add: add.sort(), remove: remove.sort() };
}
