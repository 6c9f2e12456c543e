import { attributeOf } from "../ldap/new-entries.js";
import type { CreateWrite, LdapDialect } from "../ldap/dialect.js";
import type { EntryKind } from "../ldap/entries.js";
import type { RawAttribute } from "../ldap/messages.js";
import type { LdapFormat } from "../ldap/values.js";
import { invalid } from "../ldap/write-errors.js";
import { accountControl } from "./account-control.js";
import { domainOf, type ActiveDirectoryConfiguration } from "./configuration.js";
import { DomainScopeControl } from "./controls.js";
import { openDomainGuard } from "./own-account.js";
import { explainWindows } from "./windows-errors.js";

/** Times in units of 100 ns that the schema calls large integers. */
const fileTimes = [
  "accountExpires", "badPasswordTime", "lastLogoff", "lastLogon", "lastLogonTimestamp",
  "lockoutTime", "pwdLastSet", "msDS-LastSuccessfulInteractiveLogonTime",
  "msDS-LastFailedInteractiveLogonTime", "msDS-UserPasswordExpiryTimeComputed",
  "ms-Mcs-AdmPwdExpirationTime", "msLAPS-PasswordExpirationTime",
];

const formats: ReadonlyMap<string, LdapFormat> = new Map<string, LdapFormat>([
  ...fileTimes.map((name): [string, LdapFormat] => [name.toLowerCase(), "fileTime"]),
  ["objectguid", "guid"],
  ["objectsid", "sid"],
  ["sidhistory", "sid"],
]);

/**
 * What changes by itself: by signing in, by every write, by membership in a group. With them no
 * two reads would be the same.
 */
const quiet = new Set([
  "badPasswordTime", "badPwdCount", "dSCorePropagationData", "lastLogoff", "lastLogon",
  "lastLogonTimestamp", "logonCount", "memberOf", "directReports", "managedObjects", "uSNChanged",
  "uSNCreated", "whenChanged", "nTSecurityDescriptor", "msDS-FailedInteractiveLogonCount",
  "msDS-FailedInteractiveLogonCountAtLastSuccessfulLogon",
  "msDS-LastFailedInteractiveLogonTime", "msDS-LastSuccessfulInteractiveLogonTime",
  "msDS-RevealedDSAs", "netbootSCPBL", "serverReferenceBL",
].map((name) => name.toLowerCase()));

const alreadyThere = 68;
const unwilling = 53;
/** A group for security, of the whole forest's view but of this domain's members. */
const globalSecurityGroup = "-2147483646";

export type DialectSettings =
  Pick<ActiveDirectoryConfiguration, "passwordMustChange" | "memberPageSize">;

/** Active Directory as Windows and Samba have it. */
export function activeDirectoryDialect(
  { passwordMustChange, memberPageSize }: DialectSettings,
): LdapDialect {
  return {
    searchControls: [new DomainScopeControl()],
    schemaRules: { formats, comparesAll: true },
    knowsItsSchema: true,
    quiet,
    membersAtOnce: memberPageSize,
    revisionAttribute: "uSNChanged",
    // Others than RFC 4511 asks for, and one of them also means that we have no right to.
    memberConflicts: new Set([16, 20, alreadyThere, unwilling]),
    unique: ["sAMAccountName", "userPrincipalName"],
    uniqueBelow: ({ settings }) => domainOf(settings.base),
    // A base that is no DN; deleted entries have it no more.
    nameOfAnchor: (_, anchor) => `<GUID=${anchor}>`,
    stateOf: (settings) => ("memberAttribute" in settings ? undefined : accountControl),
    password: (plain) => [
      { name: "unicodePwd", values: [unicodePassword(plain)] },
      ...(passwordMustChange ? [{ name: "pwdLastSet", values: [Buffer.from("0")] }] : []),
    ],
    newEntry,
    openGuard: openDomainGuard,
    explain: explainWindows,
  };
}

/** In quotes and UTF-16 (MS-ADTS §3.1.1.3.1.5.1). */
export function unicodePassword(plain: string): Buffer {
  return Buffer.from(`"${plain}"`, "utf16le");
}

function newEntry(kind: EntryKind, write: CreateWrite): readonly RawAttribute[] {
  const account = attributeOf(write.attributes, "sAMAccountName");
  // Without it the server would make one up, and a lost answer could not be told from nothing.
  if (account === undefined || account === "") throw invalid('"sAMAccountName" is required');
  demandAccountName(kind, String(account));
  if (kind.kind === "user") return [];
  return [{ name: "groupType", values: [Buffer.from(globalSecurityGroup)] }];
}

/** What Windows allows, and some servers do not look at. */
function demandAccountName({ kind }: EntryKind, name: string): void {
  const lengthMax = kind === "user" ? 20 : 256;
  const isGood = name.length <= lengthMax && !name.endsWith(".") && name.trim() !== ""
    && !/["/\\[\]:;|=,+*?<>\u0000-\u001f]/.test(name);
  if (!isGood) throw invalid('a value for "sAMAccountName" is no name of an account');
}
