/** Run by a test as a process of its own: creates rows batch by batch until it is killed. */
import { csvKind } from "./csv-kind.js";

const [root = "", prefix = ""] = process.argv.slice(2);
const connector = await csvKind.create(
  { path: "people.csv", anchor: "id", mayBeEmpty: true },
  { filesRoot: root, secret: () => Promise.reject(new Error("there are none")) },
);
const signal = new AbortController().signal;
for (let batch = 0; ; batch += 1) {
  const anchors = Array.from({ length: 50 }, (_, at) => `${prefix}-${batch}-${at}`);
  const results = await connector.writes?.write(anchors.flatMap((id) => [
    { operation: "create" as const, id, kind: "user" as const, attributes: { id, given: "first" } },
    {
      operation: "update" as const, id, kind: "user" as const, anchor: id, name: id,
      changes: { given: { before: "first", after: "x".repeat(400) } },
    },
  ]), signal);
  const done = new Set(results?.filter((each) => each.ok).map((each) => each.id));
  process.stdout.write(`${[...done].join("\n")}\n`);
}
