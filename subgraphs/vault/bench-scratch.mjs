import "reflect-metadata";
import { startPostgres } from "@joinery/kit/services";
import { silentLog, copyRows, json } from "@joinery/kit";
import { VaultWorld, account } from "./dist/testing/world.js";
import { rmSync } from "node:fs";
const N = Number(process.argv[2] ?? 100000);
rmSync("/tmp/bench/pg", { recursive: true, force: true });
const pg = await startPostgres({ dataFolder: "/tmp/bench/pg", log: silentLog, port: 0 });
const attrs = Array.from({ length: 20 }, (_, i) => `a${i}`);
const ruleSet = {
  format: 1,
  schema: { user: [{ name: "employeeNumber", type: "string" }, ...attrs.slice(1).map((name) => ({ name, type: "string" }))], group: [{name:"name",type:"string"}] },
  applications: { hr: { user: { inbound: {
    joins: [{ id: "hr.number", match: [{ account: "a0", identity: "employeeNumber" }] }],
    mappers: attrs.map((name, i) => ({ id: `m${i}`, kind: "direct", from: name, to: i === 0 ? "employeeNumber" : name })) } } },
    t: { user: { outbound: { provision: { id: "p", when: "identity.a1 != 'gone'" }, otherwise: "disable", mappers: [] } } } },
  classifications: [{ id: "c1", code: 1, kind: "user", when: "identity.a2 == 'x'" }],
};
const world = await VaultWorld.open(pg.url);
await world.publish(ruleSet);
const hr = await world.addApplication("hr", ["user"]);
const people = Array.from({ length: N }, (_, n) => {
  const attributes = {};
  for (let i = 0; i < 20; i++) attributes[attrs[i]] = i === 0 ? String(100000 + n) : `value ${i} of person ${n % 977}`;
  const h = n.toString(16).padStart(12, "0");
  return account(String(100000 + n), attributes, { id: `00000000-0000-4000-8000-${h}` });
});
// bare COPY
const { deps } = world;
await world.database.newTenant();
const t0 = performance.now();
await deps.door.withTenant(world.tenant, async (tx) => {
  for (let at = 0; at < N; at += 5000)
    await copyRows(tx, "account_view", ["account_id","application_id","kind","anchor","name","attributes","revision","state","situation"],
      people.slice(at, at + 5000).map((p) => [p.id, hr, "user", p.anchor, p.name, json(p.attributes), 1, "present", "unmatched"]));
});
const tCopyIdx = performance.now() - t0;
await deps.door.withTenant(world.tenant, (tx) => tx.execute("delete from account_view"));
const owner = new (await import("pg")).default.Client(world.database.ownerUrl); await owner.connect();
await owner.query("create table public.bare (id uuid, application uuid, kind text, anchor text, name text, attributes jsonb, revision bigint)").catch(async()=>{});
const { from } = await import("pg-copy-streams"); const { Readable } = await import("node:stream"); const { pipeline } = await import("node:stream/promises");
const { encodeRow } = await import("@joinery/kit");
const lines = []; for (let at = 0; at < N; at += 1000) lines.push(Buffer.from(people.slice(at, at + 1000).map((p) => encodeRow([p.id, hr, "user", p.anchor, p.name, json(p.attributes), 1])).join("")));
await owner.query("create schema if not exists bare"); await owner.query("create table if not exists bare.bare (id uuid, application uuid, kind text, anchor text, name text, attributes jsonb, revision bigint)");
const t1 = performance.now();
await pipeline(Readable.from(lines), owner.query(from("copy bare.bare from stdin")));
const tCopy = performance.now() - t1;
console.log("bare COPY", (N / tCopy * 1000).toFixed(0), "rows/s; indexed", (N / tCopyIdx * 1000).toFixed(0));
const t2 = performance.now();
const r = await world.report(hr, people, 0);
const tIn = performance.now() - t2;
console.log(r.outcome, "inbound", (N / tIn * 1000).toFixed(0), "/s ratio", (tCopy / tIn).toFixed(4), process.memoryUsage().rss >> 20);
console.log(await world.query("select count(*)::int from identity"));
await world.close(); await owner.end(); await pg.stop();
