import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { brotliCompressSync } from "node:zlib";
import { newTenantId } from "@joinery/kit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ask, startSmallEdge, type SmallEdge } from "../testing/small-edge.js";
import { person } from "../testing/small-graph.js";
import { readPortal } from "./portal.js";

const token = `jns_${"c".repeat(24)}`;
const actor = person(newTenantId());
const script = "console.log('the portal')";
const page = '<meta property="csp-nonce" nonce="__JOINERY_NONCE__"><div id="root"></div>';
const fromPortal = { "x-joinery-portal": "1", cookie: `a=b; joinery-session=${token}` };

let edge: SmallEdge;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "joinery-portal-"));
  await mkdir(join(folder, "assets"));
  await writeFile(join(folder, "index.html"), page);
  await writeFile(join(folder, "assets/main-1a2b.js"), script);
  await writeFile(join(folder, "assets/main-1a2b.js.br"), brotliCompressSync(script));
  await writeFile(join(folder, "secret.pem"), "not to be sent");
  const portal = await readPortal(folder);
  if (portal === null) throw new Error("the build was not found");
  edge = await startSmallEdge("local", { portal });
  const expiresAt = new Date(Date.now() + 60_000).toISOString();
  edge.sessions.set(token, { actor, expiresAt });
});
afterAll(async () => {
  await edge.stop();
  await rm(folder, { recursive: true, force: true });
});

const get = (path: string, headers: Record<string, string> = {}) =>
  fetch(`${edge.url}${path}`, { headers, redirect: "manual" });

test("nothing built is no portal", async () => {
  expect(await readPortal(join(folder, "elsewhere"))).toBe(null);
  expect(await readPortal(join(folder, "assets"))).toBe(null);
});

test("every path of the portal is its page, with a nonce of its own, nothing inline", async () => {
  const nonces = new Set<string>();
  for (const path of ["/portal", "/portal/", "/portal/runs/01a", "/portal/identities?search=a.b"]) {
    const answer = await get(path);
    const policy = answer.headers.get("content-security-policy") ?? "";
    const nonce = /nonce-([A-Za-z0-9+/=]{22,})'/.exec(policy)?.[1] ?? "none";
    nonces.add(nonce);
    expect(await answer.text()).toBe(page.replace("__JOINERY_NONCE__", nonce));
    expect(policy).toContain("default-src 'none';script-src 'self';");
    expect(policy).not.toContain("unsafe");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(answer.headers.get("cache-control")).toBe("no-store");
  }
  expect(nonces.size).toBe(4);
  const root = await get("/");
  expect([root.status, root.headers.get("location")]).toEqual([302, "/portal/"]);
});

test("a file is kept for a year and sent packed to whoever takes it so", async () => {
  const plain = await get("/portal/assets/main-1a2b.js", { "accept-encoding": "identity" });
  expect([await plain.text(), plain.headers.get("content-encoding")]).toEqual([script, null]);
  expect(plain.headers.get("content-type")).toBe("text/javascript; charset=utf-8");
  expect(plain.headers.get("cache-control")).toBe("public, max-age=31536000, immutable");
  const packed = await get("/portal/assets/main-1a2b.js", { "accept-encoding": "gzip, br" });
  expect([await packed.text(), packed.headers.get("content-encoding")]).toEqual([script, "br"]);
  expect(packed.headers.get("vary")).toBe("accept-encoding");
});

test("what is no file of the build is not there", async () => {
  for (const path of [
    "/portal/assets/main-1a2b.js.br", "/portal/assets/none.js", "/portal/secret.pem",
    "/portal/assets/..%2fsecret.pem", "/portal/assets/%2e%2e/secret.pem", "/portal/index.html",
  ]) {
    const answer = await get(path);
    expect([path, answer.status]).toEqual([path, 404]);
    expect(await answer.text()).not.toContain("not to be sent");
  }
});

test("a cookie is a session with the portal's header, and never from another site", async () => {
  const who = async (headers: Record<string, string>) =>
    (await ask(edge.url, "{ who }", { headers })).data?.["who"];
  expect(await who(fromPortal)).toBe(actor.id);
  expect(await who({ ...fromPortal, "sec-fetch-site": "same-origin" })).toBe(actor.id);
  expect(await who({ cookie: fromPortal.cookie })).toBe("anonymous");
  for (const site of ["cross-site", "same-site", "none"]) {
    expect(await who({ ...fromPortal, "sec-fetch-site": site })).toBe("anonymous");
  }
});

test("a dead cookie is told, and a header counts before a cookie", async () => {
  const dead = { ...fromPortal, cookie: `joinery-session=jns_${"d".repeat(24)}` };
  const answer = await ask(edge.url, "{ who }", { headers: dead });
  expect([answer.status, answer.code]).toEqual([401, "SESSION_INVALID"]);
  const given = await ask(edge.url, "{ who }", { headers: dead, token });
  expect(given.data).toEqual({ who: actor.id });
});

test("nobody else's page signs anybody in or out", async () => {
  const body = JSON.stringify({ email: "a@b.c", password: "p" });
  const json = { "content-type": "application/json" };
  for (const headers of [
    { ...json, cookie: fromPortal.cookie },
    { ...json, ...fromPortal, "sec-fetch-site": "cross-site" },
  ] as Record<string, string>[]) {
    for (const method of ["POST", "DELETE"]) {
      const answer = await fetch(`${edge.url}/session`, {
        method, headers, ...(method === "POST" ? { body } : {}),
      });
      expect([answer.status, answer.headers.get("set-cookie")]).toEqual([403, null]);
      expect(await answer.text()).toContain("CROSS_SITE");
    }
  }
  const preflight = await fetch(`${edge.url}/session`, { method: "OPTIONS" });
  expect(preflight.headers.get("access-control-allow-origin")).toBe(null);
});
