// Changes people of a directory, reports them and listens; prints one line of JSON.
// node bench/ldap-changes.mjs [--entries 50000] [--hints 200]
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { connectorKinds } from "../dist/index.js";
import { startSlapd } from "../dist/testing/index.js";

const { values } = parseArgs({
  options: {
    entries: { type: "string", default: "50000" },
    hints: { type: "string", default: "200" },
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

/** Seconds of CPU that a process used so far; 0 where the kernel does not tell. */
function cpuSecondsOf(pid) {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1].split(" ");
    return (Number(fields[11]) + Number(fields[12])) / 100;
  } catch {
    return 0;
  }
}

async function timed(work, pid) {
  const began = performance.now();
  const cpu = process.cpuUsage();
  const theirs = cpuSecondsOf(pid);
  const count = await work();
  const { user, system } = process.cpuUsage(cpu);
  const seconds = (performance.now() - began) / 1_000;
  return {
    perSecond: Math.round(count / seconds),
    perCpuSecond: Math.round(count / ((user + system) / 1e6)),
    serverPerCpuSecond: Math.round(count / (cpuSecondsOf(pid) - theirs)),
  };
}

async function report(connector, token) {
  let told = 0;
  const batches = connector.changes.changes(token, { signal, batchSizeMax: 1_000 });
  for await (const batch of batches) if (batch.type === "objects") told += batch.objects.length;
  return told;
}

async function all(connector) {
  const objects = [];
  for await (const batch of connector.reads.read({ signal, batchSizeMax: 1_000 })) {
    if (batch.type === "objects") objects.push(...batch.objects);
  }
  return objects;
}

async function write(connector, objects, word) {
  for (let at = 0; at < objects.length; at += connector.writes.writeBatchMax) {
    const writes = objects.slice(at, at + connector.writes.writeBatchMax);
    const results = await connector.writes.write(writes.map(({ anchor, name }) => ({
      operation: "update", id: anchor, kind: "user", anchor, name,
      changes: { title: { after: [word] } },
    })), signal);
    const bad = results.find((result) => !result.ok);
    if (bad) throw new Error(JSON.stringify(bad));
  }
}

async function heard(connector, object, count) {
  const hints = connector.listens.listen(signal)[Symbol.asyncIterator]();
  await hints.next();
  const ms = [];
  for (let turn = 0; turn < count; turn += 1) {
    const next = hints.next();
    const began = performance.now();
    await write(connector, [object], `hint ${turn}`);
    await next;
    ms.push(performance.now() - began);
  }
  await hints.return();
  ms.sort((left, right) => left - right);
  const at = (part) => Math.round(ms[Math.floor((ms.length - 1) * part)] * 10) / 10;
  return { p50Ms: at(0.5), p99Ms: at(0.99) };
}

const people = `dn: ${base}\nobjectClass: organizationalUnit\nou: people\n\n`;
const ldif = people + Array.from({ length: entries }, (_, at) => person(at)).join("");
const slapd = await startSlapd({
  ldif, sessionLog: entries * 4, databaseLines: ["index modifyTimestamp,createTimestamp eq"],
});
try {
  const host = {
    filesRoot: "/", secret: () => Promise.resolve({ use: (show) => show(slapd.adminPassword) }),
  };
  const connect = (settings) => ldap.create({
    url: slapd.url, allowPlain: true, bindDn: slapd.adminDn, passwordSecret: "admin",
    users: { base }, ...settings,
  }, host);
  const figures = {};
  for (const changes of ["syncrepl", "timestamps"]) {
    const connector = await connect({ changes });
    const objects = await all(connector);
    const { token } = await connector.changes.begin(signal);
    await write(connector, objects, changes);
    const [one] = objects;
    // Nobody who takes reports holds everybody: else collecting garbage is what is measured.
    objects.length = 0;
    const reports = [];
    for (let turn = 0; turn < 3; turn += 1) {
      reports.push(await timed(async () => {
        const told = await report(connector, token);
        if (told < entries) throw new Error(`${told} of ${entries} were told`);
        return told;
      }, slapd.pid));
    }
    const began = performance.now();
    const fresh = await connector.changes.begin(signal);
    const beginMs = Math.round(performance.now() - began);
    await write(connector, [one], "one");
    const before = performance.now();
    await report(connector, fresh.token);
    figures[changes] = { reports, beginMs, oneMs: Math.round(performance.now() - before) };
    await connector.close();
  }
  const connector = await connect({});
  const [object] = await all(connector);
  const hints = await heard(connector, object, Number(values.hints));
  await connector.close();
  const peakRssMiB = Math.round(process.resourceUsage().maxRSS / 1024);
  console.log(JSON.stringify({ entries, ...figures, hints, peakRssMiB }));
} finally {
  await slapd.stop();
}
