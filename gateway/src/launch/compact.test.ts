import { createPrivateKey, type JsonWebKey } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { serviceActor } from "@joinery/kit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { attack } from "../testing/attack.js";
import { ask } from "../testing/small-edge.js";
import { badTokens } from "../testing/forged-tokens.js";
import {
  eventually,
  filesWith,
  isRunning,
  signIn,
  temporaryDataFolder,
  tokenOf,
  viewerOf,
} from "../testing/stacks.js";
import { startStack, type RunningStack } from "./start-stack.js";

describe("a compact stack on services of its own", { timeout: 120_000 }, () => {
  let data: Awaited<ReturnType<typeof temporaryDataFolder>>;
  let stack: RunningStack;
  let token: string;

  beforeAll(async () => {
    data = await temporaryDataFolder();
    const env = { JOINERY_TRUSTED_PROXIES: "127.0.0.0/8" };
    stack = await startStack({ dataFolder: data.folder, port: 0, env });
    token = await tokenOf(stack.url, stack.ownerEmail, stack.ownerPassword);
  }, 120_000);
  afterAll(async () => {
    await stack.stop();
    await data.remove();
  });

  test("the first owner signs in and sees who they are", async () => {
    expect(await viewerOf(stack.url, token)).toBe(stack.ownerEmail);
  });

  test("a wrong password opens nothing and says no more than that", async () => {
    const answer = await signIn(stack.url, stack.ownerEmail, "not the password");
    expect(answer.data?.["signIn"]).toEqual({
      token: null, viewer: null, errors: [{ code: "SIGN_IN_REFUSED" }],
    });
  });

  test("a browser signs in and out by cookies that no script reads, without a token", async () => {
    const headers = { "x-joinery-portal": "1", "x-forwarded-proto": "https" };
    const session = (method: string, more: Record<string, string>, body?: object) =>
      fetch(`${stack.url}/session`, {
        method,
        headers: { ...headers, "content-type": "application/json", ...more },
        ...(body ? { body: JSON.stringify(body) } : {}),
      });
    const credentials = { email: stack.ownerEmail, password: stack.ownerPassword };
    const refused = await session("POST", {}, { ...credentials, password: "not the password" });
    expect([refused.headers.getSetCookie(), await refused.text()])
      .toEqual([[], expect.stringContaining("SIGN_IN_REFUSED")]);
    const malformed = await session("POST", {}, { ...credentials, password: [credentials] });
    expect([malformed.status, await malformed.text()])
      .toEqual([400, expect.not.stringContaining(stack.ownerPassword)]);
    const opened = await session("POST", {}, credentials);
    const cookies = opened.headers.getSetCookie();
    const flags = "Path=/; Max-Age=43200; HttpOnly; SameSite=Strict; Secure";
    expect(cookies[0]).toMatch(new RegExp(`^__Host-joinery-session=jns_[\\w-]+; ${flags}$`));
    expect(cookies[1]).toContain("Path=/session;");
    const text = await opened.text();
    expect(text).not.toContain("jns_");
    expect(text).toContain(stack.ownerEmail);
    const cookie = cookies.map((each) => each.split(";")[0]).join("; ");
    const asked = () => ask(stack.url, "{ viewer { role } }", { headers: { ...headers, cookie } });
    expect((await asked()).data).toEqual({ viewer: { role: "OWNER" } });
    const ended = await session("DELETE", { cookie });
    expect(await ended.json()).toEqual({ data: { signOut: { ended: 1 } } });
    expect(ended.headers.getSetCookie()[0]).toContain("__Host-joinery-session=; Path=/; Max-Age=0");
    await eventually(async () => expect((await asked()).code).toBe("SESSION_INVALID"));
    expect(await (await session("DELETE", {})).json()).toEqual({ data: { signOut: { ended: 0 } } });
  });

  test("the password is in one file that its owner alone may read, and in no log", async () => {
    const file = join(data.folder, "owner-credentials.json");
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(await filesWith(join(data.folder, "logs"), [stack.ownerPassword, token])).toEqual([]);
    expect(await filesWith(join(data.folder, "secrets"), [stack.ownerPassword])).toEqual([]);
    for (const name of ["internal-key.json", "master-key", "database-passwords.json"]) {
      expect((await stat(join(data.folder, "secrets", name))).mode & 0o777).toBe(0o600);
    }
  });

  test("where somebody signed in from is in the audit, and in no log", async () => {
    const headers = { "x-forwarded-for": "203.0.113.9" };
    const from = { token, headers };
    const { ownerEmail, ownerPassword, url } = stack;
    for (const password of ["not the password at all", ownerPassword]) {
      await signIn(url, ownerEmail, password, headers);
    }
    await eventually(async () => {
      const query = "{ auditEntries { nodes { operation after } } }";
      const { data: found } = await ask(url, query, from);
      type Entry = { operation: string; after: { address?: string } };
      const { nodes } = (found as { auditEntries: { nodes: Entry[] } }).auditEntries;
      const told = nodes.map(({ operation, after }) => `${operation} ${after.address ?? "–"}`);
      expect(told).toContain("session.open 203.0.113.9");
      expect(told).toContain("session.open.refused 203.0.113.9");
    });
    expect(await filesWith(join(data.folder, "logs"), ["203.0.113.9"])).toEqual([]);
  });

  test.each(["web", "task", "postgres", "nats"])(
    "kill -9 of %s: it is back, and the session still holds",
    async (name) => {
      const before = stack.pids()[name];
      if (before === undefined) throw new Error(`${name} does not run`);
      process.kill(before, "SIGKILL");
      await eventually(() => {
        const now = stack.pids()[name];
        if (now === before || !isRunning(now)) throw new Error(`${name} is not back`);
        return Promise.resolve();
      });
      await eventually(async () => {
        expect(await viewerOf(stack.url, token)).toBe(stack.ownerEmail);
        expect((await fetch(`${stack.url}/readyz`)).status).toBe(200);
      });
      await tokenOf(stack.url, stack.ownerEmail, stack.ownerPassword);
    },
  );

  test("while the broker is away that is said, and requests are answered", async () => {
    const pid = stack.pids()["nats"];
    if (pid === undefined) throw new Error("nats does not run");
    process.kill(pid, "SIGSTOP");
    try {
      await eventually(async () => {
        const response = await fetch(`${stack.url}/readyz`);
        expect([response.status, await response.json()]).toEqual([
          200, { ready: true, missing: ["broker"] },
        ]);
      });
      expect(await viewerOf(stack.url, token)).toBe(stack.ownerEmail);
    } finally {
      process.kill(pid, "SIGCONT");
    }
    await eventually(async () => {
      expect(await (await fetch(`${stack.url}/readyz`)).json()).toEqual({ ready: true });
    });
  });

  test("its internal port refuses strangers as a service's own process does", async () => {
    const file = await readFile(join(data.folder, "secrets/internal-key.json"), "utf8");
    const key = createPrivateKey({ key: JSON.parse(file) as JsonWebKey, format: "jwk" });
    const actor = serviceActor("vault");
    for (const [service, base] of Object.entries(stack.internalUrls)) {
      const other = service === "crypto" ? "vault" : "crypto";
      const outcomes = await attack(base, badTokens(service, other, actor, key));
      expect(outcomes.filter(({ refused }) => !refused)).toEqual([]);
    }
    const outside = await fetch(`${stack.url}/crypto/graphql`, { method: "POST" });
    expect(outside.status).toBe(404);
  });

  test("a second launcher on the same folder is refused and harms nothing", async () => {
    await expect(startStack({ dataFolder: data.folder })).rejects.toMatchObject({
      code: "DATA_FOLDER_IN_USE",
    });
    expect(await viewerOf(stack.url, token)).toBe(stack.ownerEmail);
  });

  test("a port that is taken is named, and nothing is left running", async () => {
    const other = await temporaryDataFolder();
    const port = Number(new URL(stack.url).port);
    const started: number[] = [];
    await expect(startStack({
      dataFolder: other.folder,
      port,
      onEvent: (event) => {
        if (event.kind === "started" && event.mark) started.push(event.mark.pid);
      },
    })).rejects.toMatchObject({ code: "PORT_IN_USE", message: expect.stringContaining(`${port}`) });
    expect(started.filter(isRunning)).toEqual([]);
    await other.remove();
  });

  test("stopped in order, everything is gone; started again, everything is there", async () => {
    const pids = Object.values(stack.pids());
    expect(pids.length).toBe(4);
    await stack.stop();
    expect(pids.filter(isRunning)).toEqual([]);
    const { ownerPassword } = stack;
    stack = await startStack({ dataFolder: data.folder, port: 0 });
    expect(stack.ownerPassword).toBe(ownerPassword);
    expect(await viewerOf(stack.url, token)).toBe(stack.ownerEmail);
  });
});
