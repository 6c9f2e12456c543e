import { mkdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { slapdMissing, startSlapd, type Slapd } from "@joinery/connectors/testing";
import { parse } from "csv-parse/sync";
import { Client } from "ldapts";
import type { NewApplication } from "../support/organisation.js";
import type { DirectoryState } from "./oracle.js";

/** The demo's first target: how it is connected, what is in it, how often it was written to. */
export interface DemoDirectory {
  readonly kind: "ldap" | "csv";
  readonly application: NewApplication;
  readonly secret: { readonly name: string; readonly value: string } | null;
  read(): Promise<DirectoryState>;
  /** Writes in the target's own record; grows with each of them. */
  writes(): Promise<number>;
  stop(): Promise<void>;
}

/** A real slapd where one is found, else files below `folder`. */
export async function startDirectory(folder: string): Promise<DemoDirectory> {
  if (slapdMissing() === undefined) {
    return ldapDirectory(await startSlapd({ ldif, globalLines: counting }));
  }
  return csvDirectory(folder);
}

const suffix = "dc=example,dc=com";
const ldif = `dn: ou=people,${suffix}
objectClass: organizationalUnit
ou: people

dn: ou=groups,${suffix}
objectClass: organizationalUnit
ou: groups
`;
/** slapd keeps count of what it does where its monitor is on. */
const counting = ["moduleload back_monitor", "database monitor", "access to * by * read"];
const nobody = `cn=nobody,${suffix}`;

function ldapDirectory(slapd: Slapd): DemoDirectory {
  const application: NewApplication = {
    key: "directory",
    name: "Directory",
    connector: "ldap",
    configuration: {
      url: slapd.ldapsUrl,
      ca: slapd.ca,
      bindDn: slapd.adminDn,
      passwordSecret: "directory",
      users: { base: `ou=people,${suffix}` },
      groups: { base: `ou=groups,${suffix}`, placeholderMember: nobody },
    },
  };
  return {
    kind: "ldap",
    application,
    secret: { name: "directory", value: slapd.adminPassword },
    read: () => withClient(slapd, readLdap),
    writes: () => withClient(slapd, countLdapWrites),
    stop: () => slapd.stop(),
  };
}

async function withClient<T>(slapd: Slapd, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ url: slapd.url });
  try {
    await client.bind(slapd.adminDn, slapd.adminPassword);
    return await work(client);
  } finally {
    await client.unbind();
  }
}

const wanted = [
  "uid", "cn", "sn", "givenName", "employeeNumber", "departmentNumber", "title", "l",
  "telephoneNumber", "mail",
];

async function readLdap(client: Client): Promise<DirectoryState> {
  const options = { scope: "sub" as const, paged: { pageSize: 500 } };
  const users = await client.search(`ou=people,${suffix}`, {
    ...options, filter: "(objectClass=inetOrgPerson)", attributes: [...wanted, "manager"],
  });
  const people = new Map<string, Record<string, string>>();
  for (const entry of users.searchEntries) {
    const cells: Record<string, string> = {};
    for (const name of wanted) {
      const value = entry[name];
      if (value !== undefined && value.length > 0) cells[name] = String(value);
    }
    const manager = entry["manager"];
    if (manager !== undefined && manager.length > 0) cells["manager"] = uidOf(String(manager));
    people.set(cells["uid"] ?? entry.dn, cells);
  }
  const found = await client.search(`ou=groups,${suffix}`, {
    ...options, filter: "(objectClass=groupOfNames)", attributes: ["cn", "member"],
  });
  const groups = new Map<string, Set<string>>();
  for (const entry of found.searchEntries) {
    const members = [entry["member"] ?? []].flat().map(String).filter((dn) => dn !== nobody);
    groups.set(String(entry["cn"]), new Set(members.map(uidOf)));
  }
  return { people, groups };
}

function uidOf(dn: string): string {
  return /^uid=([^,]+),/i.exec(dn)?.[1] ?? dn;
}

/** slapd counts every operation that it is asked for below `cn=Monitor`. */
async function countLdapWrites(client: Client): Promise<number> {
  let writes = 0;
  for (const operation of ["Add", "Modify", "Delete", "Modrdn"]) {
    const { searchEntries } = await client.search(`cn=${operation},cn=Operations,cn=Monitor`, {
      scope: "base", attributes: ["monitorOpCompleted"],
    });
    writes += Number(searchEntries[0]?.["monitorOpCompleted"] ?? 0);
  }
  return writes;
}

async function csvDirectory(folder: string): Promise<DemoDirectory> {
  await mkdir(folder, { recursive: true });
  const file = (name: string) => join(folder, name);
  await writeFile(file("people.csv"), `${[...wanted, "manager"].join(",")}\n`);
  await writeFile(file("groups.csv"), "cn\n");
  await writeFile(file("members.csv"), "group,member\n");
  const rows = async (name: string) =>
    parse(await readFile(file(name)), { columns: true }) as Record<string, string>[];
  return {
    kind: "csv",
    secret: null,
    application: {
      key: "directory",
      name: "Directory",
      connector: "csv",
      configuration: {
        path: "people.csv", anchor: "uid", mayBeEmpty: true,
        columns: [{ name: "manager", type: "reference" }],
        groups: {
          path: "groups.csv", anchor: "cn",
          members: { path: "members.csv", group: "group", member: "member" },
        },
      },
    },
    read: async () => {
      const people = (await rows("people.csv")).map((row) => [
        row["uid"] ?? "",
        Object.fromEntries(Object.entries(row).filter(([, value]) => value !== "")),
      ] as const);
      const groups = new Map(
        (await rows("groups.csv")).map((row) => [row["cn"] ?? "", new Set<string>()]),
      );
      for (const row of await rows("members.csv")) {
        groups.get(row["group"] ?? "")?.add(row["member"] ?? "");
      }
      return { people: new Map(people), groups };
    },
    writes: () => countFileWrites([file("people.csv"), file("groups.csv"), file("members.csv")]),
    stop: () => Promise.resolve(),
  };
}

/** A file that was written to has another time of change: milliseconds since the epoch, summed. */
export async function countFileWrites(files: readonly string[]): Promise<number> {
  const times = await Promise.all(files.map(async (file) => (await stat(file)).mtimeMs));
  return times.reduce((sum, time) => sum + time, 0);
}
