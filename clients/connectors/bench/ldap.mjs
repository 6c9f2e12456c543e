// Reads and writes a directory of people with 21 attributes and prints one line of JSON.
// node bench/ldap.mjs [--entries 50000] [--writes 5000]
import { parseArgs } from "node:util";
import { connectorKinds } from "../dist/index.js";
import { startSlapd } from "../dist/testing/index.js";

const { values } = parseArgs({
  options: {
    entries: { type: "string", default: "50000" },
    writes: { type: "string", default: "5000" },
  },
});
const entries = Number(values.entries);
const base = "ou=people,dc=example,dc=com";
const signal = new AbortController().signal;
const ldap = connectorKinds.get("ldap");

function person(at) {
  const lines = {
    uid: `u${at}`, cn: `Person Number ${at}`, sn: `Number${at}`, givenName: "Person",
    displayName: `Person Number ${at}`, mail: `person.${at}@example.com`, employeeNumber: at,
    title: "Engineer", departmentNumber: at % 50, l: "Berlin", st: "Berlin", postalCode: "10115",
    street: `Main street ${at}`, telephoneNumber: `+49 30 ${at}`, mobile: `+49 170 ${at}`,
    employeeType: "FTE", initials: "PN", roomNumber: at % 300, o: "Example", ou: `Unit ${at % 20}`,
  };
  const text = Object.entries(lines).map(([name, value]) => `${name}: ${value}`).join("\n");
  return `dn: uid=u${at},${base}\nobjectClass: inetOrgPerson\n${text}\n\n`;
}

async function read(connector) {
  const began = performance.now();
  const cpu = process.cpuUsage();
  const objects = [];
  let seen = 0;
  for await (const batch of connector.reads.read({ signal, batchSizeMax: 1_000 })) {
    if (batch.type !== "objects") continue;
    seen += batch.objects.length;
    if (objects.length < Number(values.writes)) objects.push(...batch.objects);
  }
  if (seen !== entries) throw new Error(`${seen} of ${entries} entries were read`);
  const { user, system } = process.cpuUsage(cpu);
  return {
    objects: objects.slice(0, Number(values.writes)),
    perSecond: Math.round(entries / ((performance.now() - began) / 1_000)),
    perCpuSecond: Math.round(entries / ((user + system) / 1e6)),
  };
}

async function write(connector, writes) {
  const began = performance.now();
  for (let at = 0; at < writes.length; at += connector.writes.writeBatchMax) {
    const part = writes.slice(at, at + connector.writes.writeBatchMax);
    const results = await connector.writes.write(part, signal);
    const bad = results.find((result) => !result.ok || result.already);
    if (bad) throw new Error(JSON.stringify(bad));
  }
  return Math.round(writes.length / ((performance.now() - began) / 1_000));
}

const people = `dn: ${base}\nobjectClass: organizationalUnit\nou: people\n\n`;
const ldif = people + Array.from({ length: entries }, (_, at) => person(at)).join("");
const slapd = await startSlapd({ ldif });
try {
  const host = {
    filesRoot: "/", secret: () => Promise.resolve({ use: (show) => show(slapd.adminPassword) }),
  };
  const connect = (settings) => ldap.create({
    url: slapd.ldapsUrl, ca: slapd.ca, bindDn: slapd.adminDn, passwordSecret: "admin",
    users: { base }, ...settings,
  }, host);
  const connector = await connect({});
  const plain = await connect({ url: slapd.url, ca: undefined, allowPlain: true });
  const reads = { ldaps: [], ldap: [] };
  let found = [];
  for (let turn = 0; turn < 3; turn += 1) {
    for (const [way, reader] of [["ldaps", connector], ["ldap", plain]]) {
      const { objects, ...figures } = await read(reader);
      found = objects;
      reads[way].push(figures);
    }
  }
  const creates = Array.from({ length: Number(values.writes) }, (_, at) => ({
    operation: "create", id: `c${at}`, kind: "user",
    attributes: { uid: `new${at}`, cn: ["x"], sn: ["y"], mail: ["a@example.org"] },
  }));
  const createsPerSecond = await write(connector, creates);
  const updatesPerSecond = await write(connector, found.map(({ anchor, name, attributes }) => ({
    operation: "update", id: `u${anchor}`, kind: "user", anchor, name,
    changes: { title: { before: attributes.title, after: ["Director"] } },
  })));
  const deletesPerSecond = await write(connector, found.map(({ anchor, name }) =>
    ({ operation: "delete", id: `d${anchor}`, kind: "user", anchor, name })));
  const peakRssMiB = Math.round(process.resourceUsage().maxRSS / 1024);
  console.log(JSON.stringify({
    entries, reads, createsPerSecond, updatesPerSecond, deletesPerSecond, peakRssMiB,
  }));
  await connector.close();
  await plain.close();
} finally {
  await slapd.stop();
}
