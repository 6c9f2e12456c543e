import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { eventually, isRunning } from "../testing/stacks.js";
import { Child, type ChildEvent } from "./child.js";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "joinery-child-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

let programs = 0;
async function childOf(program: string, environment: () => NodeJS.ProcessEnv = () => ({})) {
  programs += 1;
  const file = join(folder, `program-${programs}.mjs`);
  await writeFile(file, program);
  const events: ChildEvent[] = [];
  const child = new Child({
    name: "part",
    program: file,
    arguments: ["one"],
    environment,
    logFile: `${file}.log`,
    onEvent: (event) => events.push(event),
  });
  return { child, events, log: () => readFile(`${file}.log`, "utf8") };
}

const ready = `process.send({ kind: "ready", port: 7 });`;

test("one that keeps ending is started again ever later", async () => {
  const { child, events } = await childOf(`${ready} setTimeout(() => process.exit(3), 20);`);
  await child.start();
  expect(child.port).toBe(7);
  const waits = () =>
    events.flatMap((event) => (event.kind === "ended" ? [event.againInMs] : []));
  await eventually(() => {
    expect(waits().length).toBeGreaterThan(3);
    return Promise.resolve();
  });
  expect(waits().slice(0, 4)).toEqual([0, 100, 200, 400]);
  expect(events).toContainEqual(expect.objectContaining({ kind: "ended", how: "exit code 3" }));
  await child.stop();
  const count = events.length;
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  expect(events.length).toBe(count);
});

test("it starts again with the environment of then", async () => {
  let address = "first";
  const { child, log } = await childOf(
    `console.log(process.env.ADDRESS, process.argv[2]); ${ready} setInterval(() => {}, 1000);`,
    () => ({ ADDRESS: address }),
  );
  await child.start();
  address = "second";
  child.restart();
  await eventually(async () => expect(await log()).toBe("first one\nsecond one\n"));
  await child.stop();
  expect(isRunning(child.pid)).toBe(false);
});

test("one that says why it cannot start, and one that only ends, fail the start", async () => {
  const failed = `{ kind: "failed", code: "PORT_IN_USE", message: "port 1 is taken" }`;
  const told = await childOf(`process.send(${failed}, () => process.exit(1));`);
  await expect(told.child.start()).rejects.toMatchObject({
    code: "PORT_IN_USE", message: expect.stringContaining("part: port 1 is taken") as string,
  });
  const mute = await childOf(`process.exit(5);`);
  await expect(mute.child.start()).rejects.toMatchObject({
    code: "CHILD_NOT_READY", message: expect.stringContaining("exit code 5") as string,
  });
  await told.child.stop();
  await mute.child.stop();
});

test("one that does not stop when asked is ended by force", { timeout: 60_000 }, async () => {
  const { child } = await childOf(
    `process.on("SIGTERM", () => {}); ${ready} setInterval(() => {}, 1000);`,
  );
  await child.start();
  const { pid } = child;
  await child.stop();
  expect(isRunning(pid)).toBe(false);
});
