// What it costs to read people by index and by cursor, and to add one member to a group.
//
// node bench/scim.mjs [--people 50000] [--small 10] [--large 100000]

import { createServer } from "node:http";
import { parseArgs } from "node:util";
import { connectorKinds } from "../dist/index.js";

const { values } = parseArgs({
  options: {
    people: { type: "string", default: "50000" },
    small: { type: "string", default: "10" },
    large: { type: "string", default: "100000" },
  },
});
const signal = new AbortController().signal;

const people = Array.from({ length: Number(values.people) }, (_, at) => JSON.stringify({
  schemas: ["urn:ietf:params:scim:schemas:core:2.0:User"], id: `id-${at}`, externalId: `e-${at}`,
  userName: `user-${at}`, displayName: `User ${at}`, active: true, title: "Engineer",
  name: { givenName: "User", familyName: `Number ${at}` },
  emails: [{ value: `user-${at}@example.org`, type: "work", primary: true }],
  phoneNumbers: [{ value: `+1 555 ${at}`, type: "work" }],
  "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": { department: `d-${at % 40}` },
  meta: { resourceType: "User", lastModified: "2026-01-01T00:00:00Z" },
}));
const group = (size) => JSON.stringify({
  id: `g${size}`, displayName: `group of ${size}`,
  members: Array.from({ length: size }, (_, at) => ({ value: `id-${at}` })),
});
const sizes = [values.small, values.large];
const groups = new Map(sizes.map((size) => [`g${size}`, group(Number(size))]));
const bare = (size) => JSON.stringify({ id: `g${size}`, displayName: `group of ${size}` });

/** A server that only has texts to send, so that what is measured is the connector. */
const server = createServer((request, response) => {
  const url = new URL(request.url, "http://none");
  const say = (status, body) => {
    request.resume();
    response.writeHead(status, { "content-type": "application/scim+json" }).end(body);
  };
  const [, , , kind, id] = url.pathname.split("/");
  if (request.method !== "GET") return say(204);
  if (kind === "Groups" && id === undefined) return say(200, '{"totalResults":0}');
  const isBare = url.searchParams.get("excludedAttributes") === "members";
  if (kind === "Groups") return say(200, isBare ? bare(id.slice(1)) : groups.get(id));
  if (kind !== "Users") return say(404, "{}");
  const cursor = url.searchParams.get("cursor");
  const count = Number(url.searchParams.get("count"));
  const from = cursor === null ? Number(url.searchParams.get("startIndex")) - 1 : Number(cursor);
  const isNext = cursor !== null && from + count < people.length;
  const next = isNext ? `,"nextCursor":"${from + count}"` : "";
  const page = people.slice(from, from + count).join(",");
  return say(200, `{"totalResults":${people.length}${next},"Resources":[${page}]}`);
});
await new Promise((resolve) => { server.listen(0, "127.0.0.1", resolve); });

const connect = (quirks) => connectorKinds.get("scim").create({
  url: `http://127.0.0.1:${server.address().port}/scim/v2`, allowPlain: true, quirks,
  authentication: { kind: "bearer", tokenSecret: "token" }, users: {}, groups: {},
}, { filesRoot: "/nowhere", secret: async () => ({ use: (read) => read("token") }) });

for (const paging of ["index", "cursor"]) {
  const connector = await connect({ paging });
  const started = performance.now();
  let read = 0;
  for await (const batch of connector.reads.read({ signal, batchSizeMax: 1_000 })) {
    if (batch.type === "objects") read += batch.objects.length;
  }
  const seconds = (performance.now() - started) / 1_000;
  const rate = Math.round(read / seconds);
  console.log(`by ${paging}: ${read} people in ${seconds.toFixed(2)} s, ${rate}/s`);
  await connector.close();
}

for (const membersUnseen of [false, true]) {
  const connector = await connect({ membersUnseen });
  for (const size of sizes) {
    const turns = 20;
    const write = (turn) => connector.writes.write([{
      operation: "members", id: "m", anchor: `g${size}`, name: "", add: [`new-${turn}`], remove: [],
    }], signal);
    await write("first");
    const started = performance.now();
    for (let turn = 0; turn < turns; turn += 1) await write(turn);
    const ms = (performance.now() - started) / turns;
    const how = membersUnseen ? "unseen" : "seen";
    console.log(`one member into a group of ${size}, ${how}: ${ms.toFixed(1)} ms`);
  }
  await connector.close();
}
server.close();
