import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openWorld, type World } from "../support/world.js";
import { CommandLine } from "./command-line.js";

const repository = resolve(fileURLToPath(import.meta.url), "../../../../..");
const folder = join(repository, "docs/first-steps");

describe("docs/first-steps, word for word", { timeout: 60_000 }, () => {
  let world: World;
  let home: string;
  let cli: CommandLine;
  let steps: readonly string[];

  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), "joinery-first-"));
    world = await openWorld();
    cli = new CommandLine(world.stack.url, home, repository);
    for (const name of ["people.csv", "wiki.csv"]) {
      await world.writeFile(name, await readFile(join(folder, name), "utf8"));
    }
    const text = await readFile(join(folder, "README.md"), "utf8");
    const commands = text.matchAll(/^npx joinery (.*?)(?: {2,}#.*)?$/gm);
    steps = [...commands].map(([, words]) => words ?? "");
    await cli.say(["sign-in", "--email", world.stack.ownerEmail, "--password-stdin"], {
      stdin: `${world.stack.ownerPassword}\n`,
    });
  }, 120_000);
  afterAll(async () => {
    await world.stop();
    await rm(home, { recursive: true, force: true });
  });

  const wordsOf = (step: string) =>
    [...step.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare ?? "");
  const wiki = () => readFile(world.filePath("wiki.csv"), "utf8");

  test("gives everybody who is active an account, says why, and writes nothing again", async () => {
    const first = steps.findIndex((step) => step.startsWith("whoami"));
    const last = steps.findIndex((step) => step.startsWith("run list"));
    expect([first, last]).not.toContain(-1);
    const said: string[] = [];
    for (const step of steps.slice(first, last)) {
      const { exitCode, out, err } = await cli.say(wordsOf(step));
      expect([step, exitCode, err.replace(/^run \S+\n/gm, "")]).toEqual([step, 0, ""]);
      said.push(out);
    }
    expect((await wiki()).trim().split(/\r?\n/)).toHaveLength(6);
    expect(await wiki()).toContain("u1001,Ana Silva,Sales");
    expect(said.join("\n")).toContain("hr.name");
    expect(said.at(-1)).toContain("0 changed");
  });

  test("holds a file in which Ana is alone, and nobody loses an account", async () => {
    const before = await wiki();
    const [head = "", ana = ""] = (await readFile(join(folder, "people.csv"), "utf8")).split("\n");
    await writeFile(world.filePath("people.csv"), `${head}\n${ana}\n`);
    const held = await cli.say(["import", "hr"]);
    expect([held.exitCode === 0, held.out]).toEqual([false, expect.stringContaining("is held")]);
    const run = /^run (\S+) is held/m.exec(held.out)?.[1] ?? "";
    expect(await cli.say(["run", "discard", run, "--yes"])).toMatchObject({ exitCode: 0 });
    await writeFile(world.filePath("people.csv"), `${head}\n`);
    const empty = await cli.say(["import", "hr"]);
    expect([empty.exitCode === 0, empty.out]).toEqual([
      false, expect.stringContaining("SOURCE_EMPTY"),
    ]);
    expect(await wiki()).toBe(before);
  });
});
