import { execFile } from "node:child_process";
import { resolve } from "node:path";
import { serviceNames } from "@joinery/kit";
import { expect, test } from "vitest";
import { packageFolder } from "./config.js";

interface Ended {
  readonly code: number | string | null | undefined;
  readonly output: string;
}

/** A process of ours without any configuration. */
function run(program: string, args: readonly string[]): Promise<Ended> {
  const file = resolve(packageFolder, "dist", program);
  const environment = { PATH: process.env["PATH"] ?? "", JOINERY_PORT: "eighty" };
  return new Promise((resolve_) => {
    execFile(process.execPath, [file, ...args], { env: environment }, (error, stdout, stderr) => {
      resolve_({ code: error?.code ?? 0, output: stdout + stderr });
    });
  });
}

const everywhere = ["NATS_URL", "JOINERY_INTERNAL_KEY_FILE", "JOINERY_PORT"];
const services = serviceNames.map((name) => name.toUpperCase());
const databases = services.flatMap((name) => [
  `JOINERY_${name}_DATABASE_URL`, `JOINERY_${name}_OWNER_DATABASE_URL`,
]);
const addresses = services.map((name) => `JOINERY_${name}_URL`);

test.each([
  ["main-web.js", [], databases],
  ["main-task.js", [], databases],
  ["main-gateway.js", [], addresses],
  ["main-service.js", ["vault", "task"], databases.filter((name) => name.includes("VAULT"))],
] as const)("%s %j without configuration says all that is missing", async (program, args, own) => {
  const { code, output } = await run(program, args);
  expect(code).toBe(78);
  for (const name of ["CONFIG_INVALID", ...everywhere, ...own]) expect(output).toContain(name);
  expect(output).not.toContain("    at ");
}, 60_000);

test.each([[], ["vault", "both"], ["__proto__", "web"]])(
  "main-service.js %j %j says how it is started",
  async (...args) => {
    const { code, output } = await run("main-service.js", args);
    expect([code, output]).toEqual([78, expect.stringContaining("crypto, applications, vault")]);
  },
  60_000,
);
