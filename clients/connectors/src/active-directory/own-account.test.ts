import { expect, test } from "vitest";
import type { RawEntry } from "../ldap/messages.js";
import { sidBytes } from "../ldap/windows-values.js";
import { isForbidden } from "./own-account.js";

const own = "S-1-5-21-1-2-3-1102";

/** As it comes from a server; null: its SID cannot be read. */
function entryOf(sid: string | null): RawEntry {
  const value = sid === null ? undefined : sidBytes(sid);
  const attributes = value === undefined ? [] : [{ name: "objectSid", values: [value] }];
  return { dn: "CN=somebody,DC=corp,DC=acme,DC=test", attributes };
}

test.each([
  ["our own account is", own, own, true],
  ["somebody else is not", "S-1-5-21-1-2-3-1103", own, false],
  ["a group of the system is, whoever we are", "S-1-5-21-1-2-3-512", undefined, true],
  ["somebody is not while our SID is unknown", "S-1-5-21-1-2-3-1103", undefined, false],
  ["an entry whose SID cannot be read is not", null, own, false],
  ["nor is it while our own is unknown too", null, undefined, false],
] as const)("of what nobody may write: %s", (_, sid, ours, forbidden) => {
  expect(isForbidden(entryOf(sid), ours)).toBe(forbidden);
});
