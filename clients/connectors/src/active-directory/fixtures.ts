import type { Connector } from "../connector.js";
import { hostOf } from "../ldap/fixtures.js";
import type { Samba } from "../testing/samba.js";
import { activeDirectoryKind } from "./active-directory-kind.js";

export const domain = "DC=corp,DC=acme,DC=test";
export const people = `OU=People,${domain}`;
export const leavers = `OU=Leavers,${people}`;
export const teams = `OU=Teams,${domain}`;
export const elsewhere = `OU=Elsewhere,${domain}`;

function unit(dn: string): string {
  return `dn: ${dn}\nobjectClass: organizationalUnit\n\n`;
}

/** Folders of people and groups, and one that is not ours. */
export const baseLdif = [people, leavers, teams, elsewhere].map(unit).join("");

export function settingsFor(samba: Pick<Samba, "ldapsUrl" | "ca" | "admin">) {
  return {
    url: samba.ldapsUrl, ca: samba.ca, bindDn: samba.admin, passwordSecret: "admin",
    users: { base: people }, groups: { base: teams }, mayBeEmpty: true,
  };
}

export function connectDomain(
  settings: Record<string, unknown>, secrets: Readonly<Record<string, string>>,
): Promise<Connector> {
  const problems = activeDirectoryKind.validate(settings);
  if (problems.length > 0) throw new Error(JSON.stringify(problems));
  return activeDirectoryKind.create(settings, hostOf(secrets));
}
