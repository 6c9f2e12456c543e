import { slapdMissing, startSlapd, type Slapd } from "../testing/slapd.js";
import { baseLdif, connectLdap, people, settingsFor } from "../ldap/fixtures.js";
import { describeConnector } from "./index.js";

const secretsOf = (slapd: Slapd) => ({ admin: slapd.adminPassword });

let shared: Slapd | undefined;
const running = (): Slapd => {
  if (shared === undefined) throw new Error("the directory is not up");
  return shared;
};

/** Both ways to learn of changes, and the one that the connector takes by itself. */
const changesOf = {
  "ldap on loopback": { hasChanges: true, reportsDeletions: false },
  ldaps: { hasChanges: true, listens: true },
  "ldap with StartTLS, an id of ours and small pages": { hasChanges: true, listens: true },
} as const;

for (const way of [
  "ldap on loopback",
  "ldaps",
  "ldap with StartTLS, an id of ours and small pages",
] as const) {
  const settingsOn = (slapd: Slapd): Record<string, unknown> => {
    const { url, allowPlain, ...rest } = settingsFor(slapd);
    const state = { attribute: "employeeType", enabledValue: "active", disabledValue: "inactive" };
    const users = { base: people, enabledBy: state };
    if (way === "ldap on loopback") {
      return { ...rest, url, allowPlain, users, changes: "timestamps" };
    }
    if (way === "ldaps") return { ...rest, url: slapd.ldapsUrl, ca: slapd.ca, users };
    return {
      ...rest,
      url,
      startTls: true,
      ca: slapd.ca,
      pageSize: 3,
      users: {
        ...users,
        idAttribute: "employeeNumber",
        enabledBy: { ...state, enabledValue: null },
      },
    };
  };
  describeConnector({
    name: way,
    skip: slapdMissing(),
    open: async () => {
      const slapd = await startSlapd({ ldif: baseLdif });
      shared = slapd;
      const connect = () => connectLdap(settingsOn(slapd), secretsOf(slapd));
      return { connector: await connect(), reconnect: connect, close: () => slapd.stop() };
    },
    attributesOf: (kind, number) =>
      kind === "user"
        ? { uid: `person-${number}`, cn: [`Person ${number}`], sn: [`Number ${number}`] }
        : { cn: `group-${number}` },
    kinds: ["user", "group"],
    text: "description",
    many: "mail",
    binary: "jpegPhoto",
    hasState: true,
    ...changesOf[way],
    misfits: [
      {
        name: "a wrong password",
        kind: "stop",
        code: "CREDENTIALS_REJECTED",
        connect: () => connectLdap(settingsOn(running()), { admin: "wrong" }),
      },
      {
        name: "a server that is not there",
        kind: "retry",
        code: "CONNECTOR_UNREACHABLE",
        connect: () =>
          connectLdap(
            {
              ...settingsOn(running()),
              url: "ldaps://127.0.0.1:1",
              startTls: false,
              allowPlain: false,
            },
            { admin: "x" },
          ),
      },
      {
        name: "a certificate of nobody we trust",
        kind: "stop",
        code: "CERTIFICATE_UNTRUSTED",
        connect: () => {
          const { ca: _ca, ...rest } = settingsOn(running());
          return connectLdap(
            { ...rest, url: running().ldapsUrl, startTls: false, allowPlain: false },
            { admin: "x" },
          );
        },
      },
    ],
  });
}
