import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { applicationDocument, JoineryClient } from "@joinery/sdk";
import { everybody } from "../sdk/examples/everybody.js";
import { importFrom } from "../sdk/examples/import-from.js";
import { setOrExplain } from "../sdk/examples/set-or-explain.js";
import { openWorld, type World } from "../support/world.js";
import { CommandLine } from "./command-line.js";
import { companyRules, crmFlags, hrSettings, peopleFile } from "./company.js";

const repository = resolve(fileURLToPath(import.meta.url), "../../../../..");
const people = 300;
const secretValue = "a secret that nobody reads back";

describe("joinery, against a whole installation", { timeout: 60_000 }, () => {
  let world: World;
  let home: string;
  let cli: CommandLine;
  const say: CommandLine["say"] = (words, options) => cli.say(words, options);
  const document: CommandLine["document"] = (words, options) => cli.document(words, options);

  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), "joinery-cli-"));
    world = await openWorld();
    cli = new CommandLine(world.stack.url, home, home);
    await world.writeFile("people.csv", peopleFile(people));
    await writeFile(join(home, "hr.json"), JSON.stringify(hrSettings));
    await writeFile(join(home, "rules.json"), JSON.stringify(companyRules));
  }, 120_000);
  afterAll(async () => {
    await world.stop();
    await rm(home, { recursive: true, force: true });
  });

  const signIn = (password: string) =>
    say(["sign-in", "--email", world.stack.ownerEmail, "--password-stdin"], {
      stdin: `${password}\n`,
    });

  test("nobody is signed in at first, and a wrong password changes nothing of that", async () => {
    expect((await say(["whoami"])).exitCode).toBe(3);
    const refused = await signIn("not the password");
    expect([refused.exitCode, refused.err.split(":")[0]]).toEqual([1, "SIGN_IN_REFUSED"]);
    await expect(stat(cli.sessionFile)).rejects.toMatchObject({ code: "ENOENT" });
  });

  test("sign-in keeps a session, readable by its owner only, and does not show it", async () => {
    const { exitCode, out, err } = await signIn(world.stack.ownerPassword);
    expect([exitCode, err]).toEqual([0, ""]);
    expect((await stat(cli.sessionFile)).mode & 0o777).toBe(0o600);
    const kept = await readFile(cli.sessionFile, "utf8");
    expect(kept).not.toContain(world.stack.ownerPassword);
    const token = /"token": "(jns_[^"]+)"/.exec(kept)?.[1] ?? "none";
    expect(kept).toContain(token);
    expect(out).not.toContain(token);
    expect(await document(["whoami"])).toMatchObject({
      url: world.stack.url,
      viewer: { role: "OWNER", operator: { email: world.stack.ownerEmail } },
    });
  });

  test("doctor misses nothing, and says what would still be good to have", async () => {
    const { ok, checks } = (await document(["doctor"])) as {
      ok: boolean;
      checks: { name: string; state: string }[];
    };
    expect(ok).toBe(true);
    const states = Object.fromEntries(checks.map(({ name, state }) => [name, state]));
    expect(states).toMatchObject({
      address: "ok",
      readiness: "ok",
      clock: "ok",
      session: "ok",
      "rule set": "optional",
    });
  });

  test("a secret goes in by stdin and never comes out", async () => {
    const set = await say(["secret", "set", "directory"], { stdin: `${secretValue}\n` });
    expect(set.exitCode).toBe(0);
    const { out } = await say(["secret", "list", "--json"]);
    expect(JSON.parse(out)).toMatchObject({ secrets: [{ name: "directory" }], hasMore: false });
    expect(set.out + out).not.toContain(secretValue);
    expect((await say(["secret", "delete", "directory", "--yes"])).exitCode).toBe(0);
    const again = await say(["secret", "delete", "directory", "--yes"]);
    expect([again.exitCode, again.err.split(":")[0]]).toEqual([1, "SECRET_NOT_FOUND"]);
  });

  test("an application that is not configured right is refused with all problems", async () => {
    const { exitCode, err } = await say([
      "application",
      "add",
      "HR",
      "--connector",
      "csv",
      "--set",
      "path=/people.csv",
    ]);
    expect(exitCode).toBe(1);
    expect(err).toMatch(/^APPLICATION_INVALID: /);
    for (const problem of ["key ", "configuration.path ", "configuration.anchor "]) {
      expect(err).toContain(problem);
    }
  });

  test("applications are added from a file or flags, shown, checked, changed", async () => {
    const hr = await say(["application", "add", "hr", "--from", join(home, "hr.json")]);
    expect([hr.exitCode, hr.out]).toEqual([0, "application hr is added\nthe system answers\n"]);
    expect(await document(["application", "add", "crm", ...crmFlags])).toMatchObject({
      application: { key: "crm", name: "crm" },
      connection: { ok: true },
    });
    expect(await document(["application", "list"])).toMatchObject({
      applications: [{ key: "crm" }, { key: "hr", authoritativeFor: ["user"] }],
    });
    const update = ["application", "update", "crm", "--name", "Customers", "--set", "delimiter=;"];
    expect(await document(update)).toMatchObject({
      application: { name: "Customers", configuration: { path: "crm.csv", delimiter: ";" } },
    });
    expect((await say(["application", "show", "crm"])).out).toContain("Customers");
    expect((await say(["application", "check", "hr"])).exitCode).toBe(0);
    const unknown = await say(["application", "check", "erp"]);
    expect([unknown.exitCode, unknown.err.split(":")[0]]).toEqual([1, "APPLICATION_NOT_FOUND"]);
  });

  test("a system that does not answer is told by check, with its code", async () => {
    const lost = ["application", "add", "lost", "--connector", "csv", "--set", "path=no.csv"];
    await document([...lost, "--set", "anchor=id"]);
    const { exitCode, out } = await say(["application", "check", "lost"]);
    expect([exitCode, out]).toEqual([1, expect.stringContaining("does not answer: ")]);
    expect((await say(["application", "remove", "lost", "--yes"])).exitCode).toBe(0);
    expect((await say(["application", "list"])).out).not.toContain("lost");
  });

  test("a rule set is checked with every problem at its place, and becomes active", async () => {
    const broken = join(home, "broken.json");
    const phone = { name: "phone", type: "string" };
    const user = [...(companyRules.schema.user ?? []), { ...phone, type: "sting" }];
    await writeFile(broken, JSON.stringify({ ...companyRules, schema: { user } }));
    const { exitCode, out } = await say(["rules", "check", broken]);
    expect([exitCode, out]).toEqual([1, expect.stringContaining("/schema/user/3")]);
    const refused = await say(["rules", "create", broken]);
    expect([refused.exitCode, refused.err.split(":")[0]]).toEqual([1, "RULE_SET_INVALID"]);
    expect(refused.err).toContain("/schema/user/3");

    const file = join(home, "rules.json");
    expect(await document(["rules", "check", file])).toEqual({ valid: true, problems: [] });
    const created = await document(["rules", "create", file, "--note", "first"]);
    expect(created).toMatchObject({ ruleSet: { version: 1, state: "draft" } });
    expect((await say(["rules", "publish", "1"])).out).toBe("version 1 is active\n");
    const next = { ...companyRules, schema: { user: [...user.slice(0, -1), phone] } };
    await writeFile(file, JSON.stringify(next));
    const published = await document(["rules", "publish", file, "--note", "phones"]);
    expect(published).toMatchObject({ ruleSet: { version: 2, state: "active", note: "phones" } });
    expect(await document(["rules", "show"])).toMatchObject({
      ruleSet: { version: 2, body: next },
    });
    expect(await document(["rules", "list"])).toMatchObject({
      ruleSets: [
        { version: 2, state: "active" },
        { version: 1, state: "retired" },
      ],
    });
  });

  test("import follows a run: a document a line, each another, the last finished", async () => {
    expect((await say(["import", "crm", "--interval", "0.2"])).exitCode).toBe(0);
    const { exitCode, out } = await say(["import", "hr", "--json", "--interval", "0.2"]);
    expect(exitCode).toBe(0);
    const lines = out.trim().split("\n");
    expect(new Set(lines).size).toBe(lines.length);
    const runs = lines.map(
      (line) => JSON.parse(line) as { id: string; state: string; counts: object },
    );
    expect(new Set(runs.map(({ id }) => id)).size).toBe(1);
    expect(runs.at(-1)).toMatchObject({
      state: "finished",
      counts: { read: people, new: people, itemsDone: people },
    });
  });

  test("on a terminal bars move, give the cursor back, and the outcome stands below", async () => {
    await world.writeFile("people.csv", peopleFile(people + 3));
    const { exitCode, out } = await say(["import", "hr", "--interval", "0.2"], { columns: 100 });
    expect(exitCode).toBe(0);
    expect(out).toContain("█".repeat(24));
    expect(out.lastIndexOf("\u001b[?25h")).toBeGreaterThan(out.lastIndexOf("\u001b[?25l"));
    expect(out).toMatch(/export crm .* 3\/3/);
    expect(out).toMatch(/run [0-9a-f-]{36} is .*finished.* after /);
  });

  test("without one there are lines, and no colours", async () => {
    await world.writeFile("people.csv", peopleFile(people));
    const { exitCode, out } = await say(["import", "hr", "--interval", "0.2"]);
    expect(exitCode).toBe(0);
    expect(out).toContain(`import: done, 3 of 3, ${people} read, 0 new, 0 changed, 3 gone\n`);
    expect(out).toContain("export crm: done, 3 of 3\n");
    expect(out).not.toContain("\u001b");
  });

  test("identities are found by label, and one of several is asked for by id", async () => {
    const found = await document(["identities", "Given1", "--limit", "2"]);
    expect(found).toMatchObject({
      hasMore: true,
      identities: [{ label: "Given1 Family1" }, { label: "Given10 Family10" }],
    });
    const several = await say(["identity", "Given29"]);
    expect([several.exitCode, several.err.split(":")[0]]).toEqual([1, "IDENTITY_AMBIGUOUS"]);
    expect(several.err).toContain("Given290 Family290");
    const one = await say(["identity", "Given7 Family7"]);
    expect(one.out).toContain("p7@example.com");
    expect(one.out).toMatch(/crm +e-7 +e-7 +present +joined by given/);
    expect((await say(["identity", "Nobody"])).err).toMatch(/^IDENTITY_NOT_FOUND: /);
  });

  test("why tells who won a value and who lost, with mapper and account", async () => {
    const { out } = await say(["why", "Given7 Family7", "mail"]);
    expect(out).toMatch(
      /won {2} p7@example.com {2}from application hr {2}account e-7 {2}by hr-mail-in/,
    );
    expect(out).toMatch(
      /lost {2}p7@example.com {2}from application crm {2}account e-7 {2}by crm-mail-in/,
    );
    expect(out).toContain(`by person ${world.stack.ownerEmail}`);
    const unknown = await say(["why", "Given7 Family7", "shoe"]);
    expect([unknown.exitCode, unknown.err.split(":")[0]]).toEqual([1, "ATTRIBUTE_UNKNOWN"]);
  });

  test("history and audit tell what a run did, and to whom", async () => {
    const { runs } = (await document(["run", "list", "--application", "hr"])) as {
      runs: { id: string; counts: { new: number } }[];
    };
    const first = runs.find(({ counts }) => counts.new === people);
    const entries = await document(["audit", "--run", first?.id ?? "", "--limit", "5"]);
    expect(entries).toMatchObject({ hasMore: true, entries: [{}, {}, {}, {}, {}] });
    const { out } = await say(["history", "Given7 Family7"]);
    expect(out).toContain("displayName: Given7 Family7");
    expect(out).toContain("export.create");
    const before = await document(["audit", "--to", "2000-01-01"]);
    expect(before).toEqual({ entries: [], hasMore: false });
  });

  test("a held run ends with 5, stands in the way, and is discarded or released", async () => {
    await world.writeFile("people.csv", peopleFile(10));
    const held = await say(["import", "hr", "--interval", "0.2"]);
    expect(held.exitCode).toBe(5);
    expect(held.out).toContain(`import of hr: ${people - 10} × delete, at most `);
    const id = /joinery run release (\S+)/.exec(held.out)?.[1] ?? "none";
    const second = await say(["import", "hr"]);
    expect([second.exitCode, second.err]).toEqual([1, expect.stringContaining(`: ${id}`)]);
    expect((await say(["run", "release", id])).exitCode).toBe(2);
    expect((await say(["run", "discard", id, "--yes"])).exitCode).toBe(0);
    expect((await say(["run", "watch", id])).exitCode).toBe(4);
    expect(await document(["notifications"])).toMatchObject({
      mailConfigured: false,
      notifications: [{ kind: "run.held", state: "queued" }],
    });

    await world.writeFile("people.csv", peopleFile(people + 43, [301, 302, 303]));
    const many = await say(["import", "hr", "--interval", "0.2"]);
    expect(many.exitCode).toBe(5);
    for (let waves = 1; waves <= 3; waves += 1) {
      const words = ["run", "release", "latest", "--yes", "--follow", "--interval", "0.2"];
      const { exitCode } = await say(words);
      if (exitCode === 0) break;
      expect(exitCode).toBe(5);
    }
    const last = await document(["run", "show", "latest", "--items", "--limit", "2"]);
    expect(last).toMatchObject({
      run: { state: "finished" },
      hasMore: true,
      items: [
        { operation: "create", state: "done", because: expect.arrayContaining(["crm-all"]) },
        {},
      ],
    });
  });

  test("Ctrl-C ends the following and not the run", async () => {
    const words = ["import", "hr", "--interval", "5"];
    const { exitCode, err } = await say(words, { interruptAt: /^run \S+$/m });
    expect(exitCode).toBe(130);
    const id = /joinery run watch (\S+)/.exec(err)?.[1] ?? "none";
    expect((await say(["run", "watch", id, "--interval", "0.2"])).exitCode).toBe(0);
  });

  test("an application is stopped and goes on", async () => {
    expect((await say(["application", "stop", "crm"])).exitCode).toBe(0);
    expect((await say(["application", "list"])).out).toContain("stopped");
    expect((await say(["application", "resume", "crm"])).exitCode).toBe(0);
    expect((await say(["application", "list"])).out).not.toContain("stopped");
    expect((await say(["waiting", "hr"])).out).toBe("no account of hr is unmatched\n");
  });

  test("schedules are shown, set and paused, and nothing is to come of anybody", async () => {
    const scheduled = async () => {
      const { applications: [hr] } = await document(["schedule", "list", "hr"]) as {
        applications: { schedules: Record<string, unknown>[] }[];
      };
      return hr?.schedules;
    };
    expect(await scheduled()).toMatchObject([
      { direction: "import", everyMinutes: 60, paused: false },
      { direction: "outbound", everyMinutes: 15, paused: false },
    ]);
    const cron = ["--cron", "30 5 * * mon-fri", "--time-zone", "Europe/Berlin"];
    const set = await say(["schedule", "set", "hr", "import", ...cron, "--window", "05:00-06:00"]);
    expect([set.exitCode, set.out]).toEqual([0, expect.stringMatching(/is next due .* 0[34]:30/)]);
    const refused = await say(["schedule", "set", "hr", "import", "--cron", "99 * * * *"]);
    expect([refused.exitCode, refused.err]).toEqual([
      1, expect.stringMatching(/^SCHEDULE_INVALID: [^]*cron has five fields/),
    ]);
    expect((await say(["schedule", "pause", "hr", "import"])).out).toContain("is paused");
    expect(await scheduled()).toMatchObject([{ cron: "30 5 * * mon-fri", paused: true }, {}]);
    expect((await say(["schedule", "resume", "hr", "import"])).exitCode).toBe(0);
    expect((await say(["schedule", "list"])).out).toContain("every 15 min");
    expect((await say(["application", "lift", "hr"])).exitCode).toBe(0);
    expect(await document(["future", "list", "--application", "crm"])).toEqual({
      tasks: [], hasMore: false,
    });
    const nobody = await say(["future", "cancel", "00000000-0000-4000-8000-000000000000", "--yes"]);
    expect(nobody.err).toMatch(/^FUTURE_TASK_NOT_FOUND: /);
  });

  test("the examples of the SDK's README run, and stand there as they are", async () => {
    const { url, ownerEmail, ownerPassword } = world.stack;
    const labels = await everybody(url, ownerEmail, ownerPassword);
    expect(labels.length).toBe(people + 43); // Three are gone, and known.
    expect(labels).toContain("Given7 Family7");

    const client = new JoineryClient({ url });
    expect(await setOrExplain(client, "directory", secretValue)).toBe("sign in first");
    await client.signIn(ownerEmail, ownerPassword);
    expect(await setOrExplain(client, "Not a name", secretValue)).toBe("choose another name");
    expect(await setOrExplain(client, "directory", secretValue)).toMatch(/^set at 20/);
    const { application } = await client.request(applicationDocument, { id: "hr" });
    const told: string[] = [];
    const ended = await importFrom(client, application?.id ?? "", (line) => void told.push(line));
    expect([ended, told.at(-1)]).toEqual(["finished", expect.stringMatching(/^finished: /)]);

    const readme = await readFile(join(repository, "clients/sdk/README.md"), "utf8");
    for (const name of ["everybody", "import-from", "set-or-explain"]) {
      const file = join(repository, "subgraphs/proof/src/sdk/examples", `${name}.ts`);
      expect(readme).toContain(`\`\`\`ts\n${await readFile(file, "utf8")}\`\`\``);
    }
  });

  test("the program itself answers, by session and by token", async () => {
    const program = join(repository, "clients/cli/bin/joinery.js");
    const run = (environment: Record<string, string>) =>
      promisify(execFile)(process.execPath, [program, "whoami", "--json"], {
        env: { JOINERY_URL: world.stack.url, ...environment },
      });
    const { stdout } = await run({ XDG_CONFIG_HOME: home });
    expect(JSON.parse(stdout)).toMatchObject({ viewer: { role: "OWNER" } });
    const failed = run({ XDG_CONFIG_HOME: "/nowhere", JOINERY_TOKEN: "jns_0123456789abcdef" });
    await expect(failed).rejects.toMatchObject({
      code: 3,
      stderr: expect.stringContaining("SESSION_INVALID: "),
    });
  });

  test("sign-out ends the session at the server too", async () => {
    const kept = await readFile(cli.sessionFile, "utf8");
    expect((await say(["sign-out"])).exitCode).toBe(0);
    expect((await say(["whoami"])).err).toMatch(/^NOT_SIGNED_IN: /);
    await writeFile(cli.sessionFile, kept);
    await expect
      .poll(async () => (await say(["whoami"])).err, { timeout: 10_000 })
      .toMatch(/^SESSION_INVALID: /);
    expect((await say(["sign-out"])).exitCode).toBe(0);
  });
});
