import { expect, test } from "vitest";
import { readAddresses, readTogether } from "./config.js";
import { readHostConfig } from "./host.js";

test("everything that is wrong is told at once, without a secret's value", () => {
  const environment = {
    JOINERY_CRYPTO_DATABASE_URL: "mysql://service:hunter2@127.0.0.1/x",
    JOINERY_VAULT_URL: "vault:4000",
    JOINERY_PORT: "70000",
  };
  const failure = (() => {
    try {
      return readHostConfig(["crypto", "vault"], environment);
    } catch (error) {
      return error as Error;
    }
  })();
  expect(failure).toMatchObject({ code: "CONFIG_INVALID" });
  const message = String((failure as Error).message);
  for (const name of [
    "JOINERY_CRYPTO_DATABASE_URL", "JOINERY_CRYPTO_OWNER_DATABASE_URL",
    "JOINERY_VAULT_DATABASE_URL", "JOINERY_VAULT_OWNER_DATABASE_URL",
    "JOINERY_VAULT_URL", "JOINERY_PORT", "NATS_URL", "JOINERY_INTERNAL_KEY_FILE",
  ]) {
    expect(message).toContain(name);
  }
  expect(message).not.toContain("hunter2");
});

test("a service's address carries its own path, however it was written", () => {
  expect(readAddresses({ JOINERY_VAULT_URL: "http://vault:4000/" })).toEqual({
    vault: "http://vault:4000/vault",
  });
});

test("a fault that is no configuration problem is not swallowed", () => {
  expect(() => readTogether({ broken: () => { throw new TypeError("bug"); } })).toThrow(TypeError);
});
