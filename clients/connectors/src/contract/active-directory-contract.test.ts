import { inject } from "vitest";
import { baseLdif, connectDomain, settingsFor } from "../active-directory/fixtures.js";
import type {} from "../testing/provided-context.js";
import { sambaMissing, startSamba, type Samba } from "../testing/samba.js";
import { describeChanges, describeConnector, type ContractOptions } from "./index.js";

let shared: Samba | undefined;
const running = (): Samba => {
  if (shared === undefined) throw new Error("the domain controller is not up");
  return shared;
};
const secretsOf = (samba: Samba) => ({ admin: samba.adminPassword });

const optionsFor = (changes: "dirsync" | "usn"): ContractOptions => ({
  name: `active-directory by ${changes}`,
  skip: sambaMissing(),
  open: async () => {
    const samba = await startSamba({ template: inject("sambaTemplate"), ldif: baseLdif });
    shared = samba;
    const connect = () => connectDomain({ ...settingsFor(samba), changes }, secretsOf(samba));
    return { connector: await connect(), reconnect: connect, close: () => samba.stop() };
  },
  attributesOf: (kind, number) => ({ cn: `${kind} ${number}`, sAMAccountName: `${kind}${number}` }),
  kinds: ["user", "group"],
  text: "comment",
  many: "otherMailbox",
  binary: "thumbnailPhoto",
  password: "a Password of 2026",
  hasState: true,
  hasChanges: true,
  listens: true,
  misfits: [
    {
      name: "a wrong password",
      kind: "stop",
      code: "CREDENTIALS_REJECTED",
      connect: () => connectDomain(settingsFor(running()), { admin: "wrong" }),
    },
    {
      name: "a server that is not there",
      kind: "retry",
      code: "CONNECTOR_UNREACHABLE",
      connect: () => connectDomain({ ...settingsFor(running()), url: "ldaps://127.0.0.1:1" }, {
        admin: "x",
      }),
    },
    {
      name: "a certificate of nobody we trust",
      kind: "stop",
      code: "CERTIFICATE_UNTRUSTED",
      connect: () => {
        const { ca: _ca, ...rest } = settingsFor(running());
        return connectDomain(rest, { admin: "x" });
      },
    },
  ],
});

describeConnector(optionsFor("dirsync"));
describeChanges(optionsFor("usn"));
