import type { LdapUsers } from "./configuration.js";
import type { AccountState } from "./dialect.js";

/** An attribute that has one word for those who may sign in and another for those who may not. */
export function wordState(
  { attribute, enabledValue, disabledValue }: NonNullable<LdapUsers["enabledBy"]>,
): AccountState {
  const bytesOf = (enabled: boolean): Buffer[] => {
    const word = enabled ? enabledValue : disabledValue;
    return word === null ? [] : [Buffer.from(word)];
  };
  return {
    attribute,
    read: ([value]) => {
      if (value === undefined) return enabledValue === null ? true : undefined;
      const word = value.toString("utf8").toLowerCase();
      if (word === disabledValue.toLowerCase()) return false;
      return word === enabledValue?.toLowerCase() ? true : undefined;
    },
    change: (enabled) => ({ after: bytesOf(enabled) }),
    initial: ({ enabled }, given) => (enabled === undefined ? given : bytesOf(enabled)),
  };
}
