import type { AccountState, CreateWrite } from "../ldap/dialect.js";
import { invalid } from "../ldap/write-errors.js";

/** Bits of `userAccountControl` (MS-ADTS §2.2.16). */
const accountDisabled = 0x2;
const normalAccount = 0x200;

/**
 * The bit that says that nobody may sign in. The others, such as "password never expires", stay as
 * they are: the value that was seen is named in the write, so the server refuses where somebody
 * has set one of them meanwhile.
 */
export const accountControl: AccountState = {
  attribute: "userAccountControl",
  read: ([value]) => {
    const bits = value === undefined ? undefined : bitsOf(value);
    return bits === undefined ? undefined : (bits & accountDisabled) === 0;
  },
  change: (enabled, now) => {
    const [value] = now;
    const bits = value === undefined ? undefined : bitsOf(value);
    return { before: now, after: [toBytes(withState(bits ?? normalAccount, enabled))] };
  },
  initial: (write, given) => {
    const enabled = wishedState(write);
    const [value] = given;
    const bits = value === undefined ? normalAccount : bitsOf(value);
    if (bits === undefined) throw invalid('a value for "userAccountControl" is not integer');
    return [toBytes(withState(bits, enabled))];
  },
};

/** Without a password nobody can sign in, and a domain controller refuses to say otherwise. */
function wishedState({ enabled, password }: CreateWrite): boolean {
  if (enabled === true && password === undefined) {
    throw invalid("an account that is enabled from the start needs a password");
  }
  return enabled ?? password !== undefined;
}

/** Some tools write the bits as a signed number of 32 bits. */
function bitsOf(value: Buffer): number | undefined {
  const text = value.toString("latin1");
  return /^-?\d{1,10}$/.test(text) ? Number(text) | 0 : undefined;
}

function withState(bits: number, enabled: boolean): number {
  return enabled ? bits & ~accountDisabled : bits | accountDisabled;
}

function toBytes(bits: number): Buffer {
  return Buffer.from(String(bits));
}
