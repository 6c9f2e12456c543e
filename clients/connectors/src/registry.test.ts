import { expect, test } from "vitest";
import { connectorKinds } from "./index.js";

test("the registry has the kinds that can be configured in earnest, and no other", () => {
  expect([...connectorKinds.keys()]).toEqual([
    "csv", "ldap", "active-directory", "scim", "sql", "http-json",
  ]);
  for (const [name, kind] of connectorKinds) {
    expect(kind.name).toBe(name);
    expect(kind.description).not.toBe("");
    expect(kind.validate({}).length).toBeGreaterThan(0);
  }
});
