import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "csv-parse/sync";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { CommandLine } from "../cli/command-line.js";
import { companyRules, peopleFile } from "../cli/company.js";
import { openWorld, type World } from "../support/world.js";

const people = 12;
const password = "a password of fifteen and more characters";

interface Pattern {
  readonly digest: string;
  readonly operation: string;
  readonly items: number;
}
interface Shown {
  readonly plan: { readonly count: number; readonly root: string; readonly patterns: Pattern[] };
}
interface Item {
  readonly hash: string;
  readonly before: Readonly<Record<string, unknown>>;
  readonly after: Readonly<Record<string, unknown>>;
}

/**
 * HR and a CRM in the phase semi-automatic. Two operators and an auditor work with the command
 * line, each with a session of their own.
 */
describe("what people sign off is what is written", { timeout: 60_000 }, () => {
  let world: World;
  let home: string;
  let owner: CommandLine;
  let ann: CommandLine;
  let ben: CommandLine;
  let auditor: CommandLine;

  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), "joinery-sign-off-"));
    world = await openWorld();
    owner = await person("owner", world.stack.ownerEmail, world.stack.ownerPassword);
    for (const [name, role] of [["ann", "OPERATOR"], ["ben", "OPERATOR"], ["aud", "AUDITOR"]]) {
      await world.graph.ask(
        "mutation ($input: AddOperatorInput!) { addOperator(input: $input) { errors { code } } }",
        { input: { email: `${name}@example.com`, name, role, password } });
    }
    ann = await person("ann", "ann@example.com", password);
    ben = await person("ben", "ben@example.com", password);
    auditor = await person("aud", "aud@example.com", password);
    await world.writeFile("people.csv", peopleFile(people));
    const phase = "semi-automatic";
    await world.organisation.addApplication({
      key: "hr", name: "HR", connector: "csv", authoritativeFor: ["user"], phase,
      configuration: { path: "people.csv", anchor: "number" },
    });
    await world.organisation.addApplication({
      key: "crm", name: "CRM", connector: "csv", phase,
      configuration: {
        path: "crm.csv", anchor: "number", mayBeEmpty: true, createWhenMissing: true,
        columns: [{ name: "number" }, { name: "name" }, { name: "mail" }],
      },
    });
    await world.organisation.publish(companyRules);
    await owner.document(["import", "crm", "--interval", "0.1"]).catch(() => undefined);
  }, 120_000);
  afterAll(async () => {
    await world?.stop();
    await rm(home, { recursive: true, force: true });
  });

  async function person(name: string, email: string, word: string): Promise<CommandLine> {
    const cli = new CommandLine(world.stack.url, join(home, name), home);
    const { exitCode, err } = await cli.say(
      ["sign-in", "--email", email, "--password-stdin"], { stdin: `${word}\n` });
    if (exitCode !== 0) throw new Error(err);
    return cli;
  }

  /** Rows of the CRM's file by number. */
  async function crm(): Promise<ReadonlyMap<string, Readonly<Record<string, string>>>> {
    const text = await readFile(world.filePath("crm.csv"), "utf8").catch(() => "number\n");
    const rows = parse(text, { columns: true }) as Readonly<Record<string, string>>[];
    return new Map(rows.map((row) => [row["number"] ?? "", row]));
  }

  /** What HR has now is imported, let through by guard and sign-off, and waits to be written. */
  async function plans(content: string): Promise<void> {
    await world.writeFile("people.csv", content);
    let said = await owner.say(["import", "hr", "--interval", "0.1"]);
    for (let held = 0; held < 3 && !said.out.includes("joinery plan approve crm"); held += 1) {
      const id = /joinery run release (\S+)/.exec(said.out)?.[1] ?? "none";
      said = await owner.say(["run", "release", id, "--yes", "--follow", "--interval", "0.1"]);
    }
    expect(said.out).toContain("joinery plan approve crm");
  }
  const shown = async (cli = owner) => (await cli.document(["plan", "show", "crm"])) as Shown;
  const items = async () =>
    ((await owner.document(["plan", "items", "crm"])) as { items: Item[] }).items;
  /** Until what may leave has left: the run of the plan waits again, or is at its end. */
  const written = () => owner.say(["run", "watch", "latest", "--interval", "0.1"]);

  test("an import waits, is looked at person by person, and is applied when released", async () => {
    const held = await owner.say(["import", "hr", "--interval", "0.1"]);
    expect([held.exitCode, held.out]).toEqual([5, expect.stringContaining("SIGN_OFF")]);
    const id = /joinery run show (\S+) --changes/.exec(held.out)?.[1] ?? "none";
    expect(await owner.document(["identities"])).toMatchObject({ identities: [] });
    const { changes } = (await owner.document(["run", "show", id, "--changes"])) as {
      changes: { label: string; operation: string; after: object; because: string[] }[];
    };
    expect(changes).toHaveLength(people);
    expect(changes.find(({ label }) => label === "Given7 Family7")).toMatchObject({
      operation: "create", after: { mail: "p7@example.com" },
      because: expect.arrayContaining(["hr-mail-in"]) as string[],
    });
    const text = await owner.say(["run", "show", id, "--changes"]);
    expect(text.out).toContain("    mail: p7@example.com\n");
    const released = await owner.say(
      ["run", "release", id, "--yes", "--follow", "--interval", "0.1"]);
    expect([released.exitCode, released.out]).toEqual(
      [5, expect.stringContaining("joinery plan show crm")]);
    expect((await crm()).size).toBe(0);
  });

  test("the plan waits; half is approved, the rest rejected: just that is there", async () => {
    const { out } = await owner.say(["plan", "show", "crm"]);
    expect(out).toContain("create user: 12 people");
    const all = await items();
    const half = all.slice(0, people / 2);
    const unasked = ["plan", "approve", "crm", "--item", ...half.map(({ hash }) => hash)];
    expect((await owner.say(unasked)).err).toContain("CONFIRMATION_REQUIRED");
    expect(await owner.document([...unasked, "--yes"])).toMatchObject({ items: half.length });
    await written();
    const numbers = half.map(({ after }) => String(after["number"])).sort();
    expect([...(await crm()).keys()].sort()).toEqual(numbers);
    const rejected = await owner.say(["plan", "reject", "crm", "--yes"]);
    expect(rejected.out).toBe(`${all.length - half.length} changes given up\n`);
    expect(await shown()).toMatchObject({ plan: { count: 0 } });
    expect((await owner.say(["plan", "approve", "crm", "--yes"])).err).toMatch(/^PLAN_EMPTY/);
    expect([...(await crm()).keys()].sort()).toEqual(numbers);
  });

  test("a pattern is approved without the others, and all of it is exported", async () => {
    await plans(peopleFile(people + 1).replaceAll("@example.com", "@example.org"));
    const { patterns, count } = (await shown()).plan;
    expect(patterns.map(({ operation, items: n }) => [operation, n]).sort()).toEqual(
      [["create", people / 2 + 1], ["update", people / 2]]);
    const file = join(home, "plan.csv");
    expect(await owner.document(["plan", "export", "crm", "--output", file]))
      .toMatchObject({ items: count, format: "csv" });
    const rows = parse(await readFile(file), { columns: true }) as Record<string, string>[];
    expect(rows.filter(({ operation }) => operation === "update").map(
      ({ attribute, after }) => [attribute, after?.split("@")[1]]))
      .toEqual(Array.from({ length: people / 2 }, () => ["mail", "example.org"]));
    const lines = (await owner.say(["plan", "export", "latest", "--format", "jsonl"])).out;
    expect(lines.trim().split("\n").map((line) => (JSON.parse(line) as Item).hash))
      .toEqual((await items()).map(({ hash }) => hash));
    const update = patterns.find(({ operation }) => operation === "update")?.digest ?? "";
    const said = await owner.say(["plan", "approve", "crm", "--pattern", update, "--yes"]);
    expect(said.err).toContain("mail domain example.com → example.org, 6 people, by crm-mail-out");
    expect(said.out).toBe("6 changes may leave now\n");
    await written();
    const mails = [...(await crm()).values()].map(({ mail }) => mail?.split("@")[1]);
    expect(mails).toEqual(Array.from({ length: people / 2 }, () => "example.org"));
  });

  test("plan A approved after the source changed is refused, and nothing of B leaves", async () => {
    const planA = (await shown()).plan;
    const before = await crm();
    await plans(peopleFile(people + 1).replaceAll("@example.com", "@example.net"));
    const decide = (root: string) => world.graph.ask(
      `mutation ($input: PlanDecisionInput!) {
        approvePlan(input: $input) { items errors { code } }
      }`, { input: { applicationId, root } });
    const { application: { id: applicationId } } =
      (await owner.document(["plan", "show", "crm"])) as { application: { id: string } };
    expect(await decide(planA.root)).toEqual(
      { approvePlan: { items: 0, errors: [{ code: "PLAN_MOVED" }] } });
    await written();
    expect(await crm()).toEqual(before);
    // The control: the root of B lets B leave.
    expect(await decide((await shown()).plan.root)).toEqual(
      { approvePlan: { items: people + 1, errors: [] } });
    await written();
    const mails = [...(await crm()).values()].map(({ mail }) => mail?.split("@")[1]);
    expect(mails).toEqual(Array.from({ length: people + 1 }, () => "example.net"));
  });

  test("with four eyes the approval of one writes nothing, and of two it does", async () => {
    const { application: { id } } =
      (await owner.document(["plan", "show", "crm"])) as { application: { id: string } };
    await world.graph.ask(
      `mutation ($input: UpdateApplicationInput!) {
        updateApplication(input: $input) { errors { code } }
      }`,
      { input: { id, exportPolicy: { fourEyes: true } } });
    const before = await crm();
    await plans(peopleFile(people + 1).replaceAll("@example.com", "@two.example"));
    for (const said of ["13 changes wait for another person's approval\n", "nothing: you"]) {
      expect((await ann.say(["plan", "approve", "crm", "--yes"])).out).toContain(said);
    }
    expect(await crm()).toEqual(before);
    const { out } = await owner.say(["plan", "items", "crm"]);
    expect(out).toContain("approved by ann@example.com");
    expect((await ben.say(["plan", "approve", "crm", "--yes"])).out)
      .toBe("13 changes may leave now\n");
    await written();
    expect((await crm()).get("e-1")?.["mail"]).toBe("p1@two.example");
  });

  test("an auditor decides nothing, and another organisation sees nothing of it", async () => {
    await plans(peopleFile(people + 1));
    expect((await shown(auditor)).plan.count).toBe(people + 1);
    for (const verb of ["approve", "reject"]) {
      const { exitCode, err } = await auditor.say(["plan", verb, "crm", "--yes"]);
      expect([exitCode, err]).toEqual([1, expect.stringContaining("FORBIDDEN:")]);
    }
    const other = await world.addOrganisation("Fabrikam", "owner@fabrikam.example");
    const { application } = (await owner.document(["plan", "show", "crm"])) as
      { application: { id: string } };
    const { plan: { root } } = await shown();
    expect(await other.graph.ask(
      "query ($id: ID!) { application(id: $id) { plan { count } } }", { id: application.id }))
      .toEqual({ application: null });
    for (const verb of ["approvePlan", "rejectPlan"]) {
      expect(await other.graph.ask(
        `mutation ($input: PlanDecisionInput!) {
          ${verb}(input: $input) { items errors { code } }
        }`,
        { input: { applicationId: application.id, root } }))
        .toEqual({ [verb]: { items: 0, errors: [{ code: "APPLICATION_NOT_FOUND" }] } });
    }
    expect((await shown()).plan.count).toBe(people + 1);
  });
});
