import { slapdMissing, startSlapd, type Slapd } from "@joinery/connectors/testing";
import type { RuleSet } from "@joinery/engine";
import type { RunOutcome } from "../support/organisation.js";
import { openWorld, type World } from "../support/world.js";

export interface DirectoryOptions {
  readonly people: number;
  readonly say: (line: string) => void;
}

/** Entries a second. */
export interface DirectoryReport {
  readonly people: number;
  /** Everybody is new: read over LDAPS and staged by COPY, as the run's `readMs` has it. */
  readonly stagedNewPerSecond: number;
  /** The same, with accounts made and sealed, to the end of the import. */
  readonly importedNewPerSecond: number;
  /** Nobody changed: read, staged and compared. */
  readonly stagedUnchangedPerSecond: number;
}

const base = "ou=people,dc=example,dc=com";
const text = (name: string) => ({ name, type: "string" as const });
const direct = (id: string, from: string, to: string) =>
  ({ id, kind: "direct" as const, from, to });

const ruleSet: RuleSet = {
  format: 1,
  schema: { user: [text("login"), text("phone")] },
  applications: {
    directory: {
      user: {
        inbound: {
          joins: [{ id: "directory.join", match: [{ account: "uid", identity: "login" }] }],
          mappers: [
            direct("directory.login", "uid", "login"),
            direct("directory.phone", "mobile", "phone"),
          ],
        },
      },
    },
  },
};

/** Full reads of an LDAP directory into `applications`, with every process up. */
export async function benchDirectory(options: DirectoryOptions): Promise<DirectoryReport> {
  const missing = slapdMissing();
  if (missing !== undefined) throw new Error(missing);
  const slapd = await startSlapd({ ldif: ldifOf(options.people) });
  const world = await openWorld();
  try {
    const application = await connect(world, slapd);
    const first = await run(world, application, options);
    const second = await run(world, application, options);
    const rate = (ms: number) => Math.round(options.people / (ms / 1_000));
    const { readMs = 0, sealMs = 0, applyMs = 0 } = first;
    return {
      people: options.people,
      stagedNewPerSecond: rate(readMs),
      importedNewPerSecond: rate(readMs + sealMs + applyMs),
      stagedUnchangedPerSecond: rate(second.readMs ?? 0),
    };
  } finally {
    await world.stop();
    await slapd.stop();
  }
}

async function run(
  { organisation }: World, application: string, { say }: DirectoryOptions,
): Promise<RunOutcome["timings"]> {
  const { state, timings, errors } = await organisation.run(application, 3_600_000);
  if (state !== "finished" || errors.length > 0) throw new Error(`the run is ${state}`);
  say(JSON.stringify(timings));
  return timings;
}

async function connect({ organisation }: World, slapd: Slapd): Promise<string> {
  await organisation.setSecret("directory", slapd.adminPassword);
  const id = await organisation.addApplication({
    key: "directory", name: "Directory", connector: "ldap", authoritativeFor: ["user"],
    configuration: {
      url: slapd.ldapsUrl, ca: slapd.ca, bindDn: slapd.adminDn, passwordSecret: "directory",
      users: { base },
    },
  });
  await organisation.publish(ruleSet);
  return id;
}

/** People with 21 attributes, like those of the connector's own bench. */
function ldifOf(people: number): string {
  const persons = Array.from({ length: people }, (_, at) => [
    `dn: uid=u${at},${base}`, "objectClass: inetOrgPerson", `uid: u${at}`,
    `cn: Person Number ${at}`, `sn: Number${at}`, "givenName: Person", `mail: u${at}@example.com`,
    `displayName: Person Number ${at}`, `employeeNumber: ${at}`, "title: Engineer",
    `departmentNumber: ${at % 50}`, "l: Berlin", "st: Berlin", "postalCode: 10115",
    `street: Main street ${at}`, `telephoneNumber: +49 30 ${at}`, `mobile: +49 170 ${at}`,
    "employeeType: FTE", "initials: PN", `roomNumber: ${at % 300}`, "o: Example",
    `ou: Unit ${at % 20}`, "",
  ].join("\n"));
  return [`dn: ${base}\nobjectClass: organizationalUnit\nou: people\n`, ...persons].join("\n");
}
