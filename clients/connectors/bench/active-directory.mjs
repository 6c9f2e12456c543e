// What one change in a group costs to learn, in a small group and in a large one, from a domain
// controller of its own (Samba, as root), and prints one line of JSON.
// node bench/active-directory.mjs [--small 10] [--large 5000] [--turns 20]
import { parseArgs } from "node:util";
import { connectorKinds } from "../dist/index.js";
import { startSamba } from "../dist/testing/index.js";

const { values } = parseArgs({
  options: {
    small: { type: "string", default: "10" },
    large: { type: "string", default: "5000" },
    turns: { type: "string", default: "20" },
  },
});
const [small, large, turns] = [values.small, values.large, values.turns].map(Number);
const signal = new AbortController().signal;
const domain = "DC=corp,DC=acme,DC=test";
const members = `OU=Members,${domain}`;
const teams = `OU=Teams,${domain}`;

function seed() {
  const entries = [members, teams].map((dn) => `dn: ${dn}\nobjectClass: organizationalUnit`);
  const people = Array.from({ length: large + 1 }, (_, at) => `CN=c${at},${members}`);
  for (const dn of people) entries.push(`dn: ${dn}\nobjectClass: contact`);
  for (const count of [small, large]) {
    const lines = people.slice(0, count).map((dn) => `member: ${dn}`).join("\n");
    entries.push(
      `dn: CN=g${count},${teams}\nobjectClass: group\nsAMAccountName: g${count}\n${lines}`,
    );
  }
  return `${entries.join("\n\n")}\n\n`;
}

/** Median milliseconds to learn that one member came or went, and how many values that told. */
async function measure(connector, group) {
  const member = `CN=c${large},${members}`;
  const times = [];
  let told = 0;
  let { token } = await connector.changes.begin(signal);
  for (let turn = 0; turn < turns; turn += 1) {
    const [add, remove] = turn % 2 === 0 ? [[member], []] : [[], [member]];
    const { anchor, name } = group;
    const write = { operation: "members", id: "m", anchor, name, add, remove };
    const [result] = await connector.writes.write([write], signal);
    if (!result.ok) throw new Error(JSON.stringify(result));
    const began = performance.now();
    for await (const batch of connector.changes.changes(token, { signal, batchSizeMax: 1_000 })) {
      if (batch.type === "members") told += batch.added.length + batch.removed.length;
      if (batch.type === "token") ({ token } = batch);
    }
    times.push(performance.now() - began);
  }
  if (told !== turns) throw new Error(`${told} values told ${turns} changes`);
  return Math.round(times.sort((a, b) => a - b)[turns / 2] * 10) / 10;
}

const samba = await startSamba({ ldif: seed() });
try {
  const connector = await connectorKinds.get("active-directory").create({
    url: samba.ldapsUrl, ca: samba.ca, bindDn: samba.admin, passwordSecret: "admin",
    groups: { base: teams },
  }, { filesRoot: "/", secret: async () => ({ use: (read) => read(samba.adminPassword) }) });
  const groups = new Map();
  let read = 0;
  const began = performance.now();
  for await (const batch of connector.reads.read({ signal, batchSizeMax: 1_000 })) {
    if (batch.type === "members") read += batch.members.length;
    if (batch.type !== "objects") continue;
    for (const object of batch.objects) groups.set(object.attributes.sAMAccountName, object);
  }
  if (read !== small + large) throw new Error(`${read} members were read`);
  const fullReadMs = Math.round(performance.now() - began);
  const result = { fullReadMs };
  for (const count of [small, large]) {
    result[`members${count}Ms`] = await measure(connector, groups.get(`g${count}`));
  }
  console.log(JSON.stringify(result));
  await connector.close();
} finally {
  await samba.stop();
}
