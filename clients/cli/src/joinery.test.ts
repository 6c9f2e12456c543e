import { describe, expect, test } from "vitest";
import { programOf } from "./joinery.js";
import { say } from "./testing/terminal.js";
import { PassThrough } from "node:stream";
import { readCliConfig } from "./config.js";
import type { Command } from "commander";

describe("a command line that is not right", () => {
  test.each([
    [["fly"]],
    [["--fly"]],
    [["import"]],
    [["import", "hr", "crm"]],
    [["run"]],
    [["run", "relase", "1"]],
    [["identities", "--limit", "0"]],
    [["identities", "--limit", "ten"]],
    [["identities", "--kind", "robot"]],
    [["import", "hr", "--interval", "0"]],
    [["audit", "--from", "yesterday"]],
    [["application", "add", "hr", "--set", "path"]],
    [["application", "add", "hr", "--phase", "soon"]],
    [["rules", "publish"]],
  ])("%j ends with 2 and says nothing on stdout", async (words) => {
    const { exitCode, out, err } = await say(words);
    expect(exitCode).toBe(2);
    expect(out).toBe("");
    expect(err).not.toBe("");
  });

  test("is told as a code and a sentence, with what was probably meant", async () => {
    const { err } = await say(["run", "relase", "1"]);
    expect(err).toMatch(/^USAGE_INVALID: unknown command 'relase'\n.*release/);
  });
});

describe("an address", () => {
  test.each(["joinery", "ftp://example.com", "https://ada:hunter2@example.com"])(
    "%s is refused before anything is sent",
    async (url) => {
      const { exitCode, err } = await say(["whoami", "--url", url]);
      expect([exitCode, err.split(":")[0]]).toEqual([2, "URL_INVALID"]);
      expect(err).not.toContain("hunter2");
    },
  );

  test("plain http to another machine is refused, unless it is said to be safe", async () => {
    const refused = await say(["whoami", "--url", "http://joinery.example.com"]);
    expect([refused.exitCode, refused.err.split(":")[0]]).toEqual([2, "URL_INSECURE"]);
    const allowed = await say(["whoami", "--url", "http://joinery.example.com", "--allow-http"]);
    expect([allowed.exitCode, allowed.err.split(":")[0]]).toEqual([3, "NOT_SIGNED_IN"]);
  });
});

test("without a session a command ends with 3 and says how to get one", async () => {
  const { exitCode, err } = await say(["identities"], { url: "http://localhost:4000" });
  expect(exitCode).toBe(3);
  expect(err).toBe(
    "NOT_SIGNED_IN: there is no session at http://localhost:4000\n" +
      "  sign in with: joinery sign-in --url http://localhost:4000\n",
  );
});

test("where nobody listens a command ends with 6", async () => {
  const config = { url: "http://127.0.0.1:1", token: "jns_0123456789abcdef" };
  const { exitCode, err } = await say(["secret", "delete", "x", "--yes"], config);
  expect([exitCode, err.split(":")[0]]).toEqual([6, "NETWORK_FAILED"]);
});

test("what cannot be taken back needs --yes where nobody can be asked", async () => {
  const config = { url: "http://127.0.0.1:1", token: "jns_0123456789abcdef" };
  for (const words of [
    ["secret", "delete", "x"],
    ["application", "remove", "hr"],
  ]) {
    const { exitCode, err } = await say(words, config);
    expect([exitCode, err.split(":")[0]]).toEqual([2, "CONFIRMATION_REQUIRED"]);
  }
});

test("a password is asked for or read from stdin: no flag takes one", async () => {
  const { exitCode, err } = await say(["sign-in", "--email", "a@b", "--password", "word"]);
  expect([exitCode, err]).toEqual([2, expect.stringContaining("unknown option '--password'")]);
  const silent = await say(["sign-in", "--email", "a@b"]);
  expect([silent.exitCode, silent.err.split(":")[0]]).toEqual([2, "INPUT_MISSING"]);
});

describe("help", () => {
  test("is on stdout, ends with 0 and tells the exit codes", async () => {
    const { exitCode, out, err } = await say(["--help"]);
    expect([exitCode, err]).toEqual([0, ""]);
    expect(out).toContain("130  interrupted");
  });

  test("every command describes itself and its arguments and takes --json", async () => {
    const stream = new PassThrough();
    const program = programOf(
      {
        config: readCliConfig({}),
        stdin: stream,
        stdout: stream,
        stderr: stream,
        interrupted: new AbortController().signal,
        now: () => new Date(),
      },
      () => Promise.resolve(),
    );
    const all = (command: Command): readonly Command[] => [
      command,
      ...command.commands.flatMap((each) => all(each)),
    ];
    const names = all(program).map((command) => {
      expect(command.description(), command.name()).toMatch(/[.]$/);
      expect(command.helpInformation(), command.name()).toContain("--json");
      return command.name();
    });
    expect(names.length).toBeGreaterThan(35);
  });
});
