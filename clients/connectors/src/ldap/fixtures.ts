import { ConnectorError, type Connector, type ConnectorHost } from "../connector.js";
import type { Slapd } from "../testing/slapd.js";
import { ldapKind } from "./ldap-kind.js";

export const people = "ou=people,dc=example,dc=com";
export const groups = "ou=groups,dc=example,dc=com";

/** Two folders of a directory, and somebody who may only look. */
export const baseLdif = `dn: ${people}
objectClass: organizationalUnit
ou: people

dn: ${groups}
objectClass: organizationalUnit
ou: groups

dn: cn=reader,dc=example,dc=com
objectClass: applicationProcess
objectClass: simpleSecurityObject
cn: reader
userPassword: the reader's password
`;

export function hostOf(secrets: Readonly<Record<string, string>>): ConnectorHost {
  return {
    filesRoot: "/nonexistent",
    secret: (name) => {
      const plain = secrets[name];
      if (plain === undefined) return Promise.reject(new Error(`no secret ${name}`));
      return Promise.resolve({ use: (read) => read(plain) });
    },
  };
}

/** Settings that fit a test directory, over clear text on loopback. */
export function settingsFor(slapd: Pick<Slapd, "url" | "adminDn">): Record<string, unknown> {
  return {
    url: slapd.url, allowPlain: true, bindDn: slapd.adminDn, passwordSecret: "admin",
    users: { base: people },
    groups: { base: groups, placeholderMember: "cn=nobody" },
  };
}

export function connectLdap(
  settings: Record<string, unknown>, secrets: Readonly<Record<string, string>>,
): Promise<Connector> {
  const problems = ldapKind.validate(settings);
  if (problems.length > 0) throw new Error(JSON.stringify(problems));
  return ldapKind.create(settings, hostOf(secrets));
}

/** The ConnectorError that a promise ends with. */
export async function errorOf(promise: Promise<unknown>): Promise<ConnectorError> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof ConnectorError) return error;
    throw error;
  }
  throw new Error("it did not fail");
}
