import type { LdapResult } from "../ldap/messages.js";
import { meaningOf, resultName, type LdapTask, type Meaning } from "../ldap/result-codes.js";

/** Why nobody could sign in: what follows `data` in the answer to a bind. */
const signInReasons: ReadonlyMap<string, string> = new Map([
  ["525", "nobody has this name"],
  ["52e", "wrong name or password"],
  ["530", "not at this hour"],
  ["531", "not from this machine"],
  ["532", "the password has expired"],
  ["533", "the account is disabled"],
  ["701", "the account has expired"],
  ["773", "the password must be changed first"],
  ["775", "the account is locked"],
]);

const passwordRefused = 0x52d;
const principalTaken = 0x21c8;
const serviceNameTaken = 0x21c7;

/**
 * What an answer means, with the Windows error that Active Directory puts before its words:
 * `0000052D: …`. Of the words nothing is passed on.
 */
export function explainWindows(
  task: LdapTask, result: LdapResult,
): Meaning & { readonly name: string } {
  const { status, diagnostic } = result;
  const name = resultName(status);
  if (task === "signIn") {
    const reason = signInReasons.get(/\bdata ([0-9a-f]{3}),/.exec(diagnostic)?.[1] ?? "");
    return { ...meaningOf(task, status), name: reason === undefined ? name : `${name}: ${reason}` };
  }
  const windows = Number.parseInt(/^([0-9A-F]{8}): /.exec(diagnostic)?.[1] ?? "0", 16);
  if (windows === passwordRefused) {
    const said = `${name}: the domain's rules do not allow the password`;
    return { kind: "skip", code: "VALUE_INVALID", name: said };
  }
  if (windows === principalTaken || windows === serviceNameTaken) {
    return { kind: "skip", code: "VALUE_TAKEN", name: `${name}: another has its principal name` };
  }
  return { ...meaningOf(task, status), name };
}
