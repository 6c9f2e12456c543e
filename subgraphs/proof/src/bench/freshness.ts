import { sambaMissing, startSamba, type Samba } from "@joinery/connectors/testing";
import type { RuleSet } from "@joinery/engine";
import { Attribute, Change, Client } from "ldapts";
import { setTimeout as delay } from "node:timers/promises";
import { until } from "../support/organisation.js";
import { querySql } from "../support/service-sql.js";
import { openWorld, type World } from "../support/world.js";
import { toLatency, type Latency } from "./latency.js";

export interface FreshnessOptions {
  /** People in the domain. */
  readonly people: number;
  /** Changes that are measured, one after the other, at random intervals. */
  readonly changes: number;
  readonly say: (line: string) => void;
}

export interface FreshnessReport {
  readonly people: number;
  readonly changes: number;
  /** From the answer to a write in the domain to the value in the vault. */
  readonly milliseconds: Latency;
}

const base = "OU=People,DC=corp,DC=acme,DC=test";
const text = (name: string) => ({ name, type: "string" as const });
const direct = (id: string, from: string, to: string) =>
  ({ id, kind: "direct" as const, from, to });

const ruleSet: RuleSet = {
  format: 1,
  schema: { user: [text("login"), text("phone")] },
  applications: {
    ad: {
      user: {
        inbound: {
          joins: [{ id: "ad.join", match: [{ account: "sAMAccountName", identity: "login" }] }],
          mappers: [
            direct("ad.login", "sAMAccountName", "login"),
            direct("ad.phone", "telephoneNumber", "phone"),
          ],
        },
      },
    },
  },
};

/** How old what the vault knows of a watched domain may be, with every process up. */
export async function benchFreshness(options: FreshnessOptions): Promise<FreshnessReport> {
  const missing = sambaMissing();
  if (missing !== undefined) throw new Error(missing);
  const samba = await startSamba({ ldif: ldifOf(options.people) });
  const world = await openWorld();
  const admin = new Client({ url: samba.ldapsUrl, tlsOptions: { ca: [samba.ca] } });
  try {
    await admin.bind(samba.admin, samba.adminPassword);
    await connect(world, samba);
    const wanted = options.people;
    await until(async () => {
      const { identityCounts } = await world.graph.ask<{ identityCounts: { users: number } }>(
        "{ identityCounts { users } }");
      return identityCounts.users === wanted;
    }, "everybody is in the vault");
    options.say(`${wanted} people are in the vault`);
    const times: number[] = [];
    for (let n = 0; n < options.changes; n += 1) {
      await delay(100 + Math.random() * 900);
      times.push(await measured(world, admin, n % options.people, `+49 ${n}`));
    }
    return { people: wanted, changes: times.length, milliseconds: toLatency(times) };
  } finally {
    await admin.unbind().catch(() => undefined);
    await world.stop();
    await samba.stop();
  }
}

async function measured(world: World, admin: Client, n: number, phone: string): Promise<number> {
  const modification = new Attribute({ type: "telephoneNumber", values: [phone] });
  await admin.modify(`CN=p${n},${base}`, new Change({ operation: "replace", modification }));
  const began = performance.now();
  for (;;) {
    const found = await querySql(world.stack.databaseUrl, "vault",
      `select from t_${world.id}.identity
       where attributes ->> 'login' = $1 and attributes ->> 'phone' = $2`, [`p${n}`, phone]);
    if (found.length > 0) return performance.now() - began;
    if (performance.now() - began > 60_000) throw new Error("a change does not come");
    await delay(10);
  }
}

async function connect({ organisation }: World, samba: Samba): Promise<void> {
  const all = { least: 1_000_000, most: 1_000_000, sharePercent: 100, halfPercent: 100 };
  await organisation.setSecret("domain", samba.adminPassword);
  await organisation.addApplication({
    key: "ad", name: "Domain", connector: "active-directory", authoritativeFor: ["user"],
    limits: { update: all },
    configuration: {
      url: samba.ldapsUrl, ca: samba.ca, bindDn: samba.admin, passwordSecret: "domain",
      users: { base },
    },
  }).then(async (id) => {
    await organisation.publish(ruleSet);
    await organisation.run(id);
    await organisation.watch(id);
  });
}

function ldifOf(people: number): string {
  const persons = Array.from({ length: people }, (_, n) =>
    `dn: CN=p${n},${base}\nobjectClass: user\nsAMAccountName: p${n}\n`);
  return [`dn: ${base}\nobjectClass: organizationalUnit\n`, ...persons].join("\n");
}
