import { expect, test } from "vitest";
import { runStatements } from "./run-statements.ts";
import { programs, type Statement } from "./statement.ts";

const holds = () => Promise.resolve({ ok: true, output: "" });

test("every statement runs, even when others fail or throw", async () => {
  const statements: readonly Statement[] = [
    { name: "throws", run: () => Promise.reject(new Error("broken")) },
    { name: "fails", run: () => Promise.resolve({ ok: false, output: "why" }) },
    { name: "holds", after: ["throws", "fails"], run: holds },
  ];
  const verdicts = await runStatements(statements, 2, () => undefined);
  const byName = Object.fromEntries(verdicts.map(({ name, ok, output }) => [name, { ok, output }]));
  expect(byName["throws"]?.ok).toBe(false);
  expect(byName["throws"]?.output).toContain("broken");
  expect(byName["fails"]).toEqual({ ok: false, output: "why" });
  expect(byName["holds"]?.ok).toBe(true);
});

test("a statement begins after those that it names, and no more run than allowed", async () => {
  let running = 0;
  let most = 0;
  const order: string[] = [];
  const slow = (name: string) => async () => {
    running += 1;
    most = Math.max(most, running);
    await new Promise((resolve) => setTimeout(resolve, 5));
    running -= 1;
    order.push(name);
    return { ok: true, output: "" };
  };
  const names = ["a", "b", "c", "d"];
  const statements = names.map((name) => ({ name, run: slow(name) }));
  const last = { name: "first in the list", after: names, run: slow("first in the list") };
  await runStatements([last, ...statements], 2, () => undefined);
  expect(most).toBe(2);
  expect(order.at(-1)).toBe("first in the list");
});

test("a program that ends with another code than 0 fails with what it said", async () => {
  const node = process.execPath;
  const outcome = await programs(
    [node, "-e", "console.log('fine')"],
    [node, "-e", "console.error('not fine'); process.exitCode = 3"],
    [node, "-e", "console.log('never reached')"],
  )();
  expect(outcome).toEqual({ ok: false, output: "not fine\n" });
});

test("a program that is not there fails", async () => {
  expect((await programs(["no-such-program-of-ours"])()).ok).toBe(false);
});
