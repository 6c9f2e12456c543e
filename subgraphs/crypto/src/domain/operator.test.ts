import { describe, expect, it } from "vitest";
import { decideChange, type OperatorView } from "./operator.js";

const owner = (activeOwners: number): OperatorView => ({
  role: "owner", state: "active", activeOwners,
});

describe("decideChange", () => {
  it.each([
    [owner(1), { role: "auditor" }, "LAST_OWNER"],
    [owner(1), { state: "disabled" }, "LAST_OWNER"],
    [owner(1), { role: "owner" }, "OK"],
    [owner(2), { role: "auditor" }, "OK"],
    [owner(2), { state: "disabled" }, "OK"],
    [{ ...owner(1), state: "disabled" }, { role: "auditor" }, "OK"],
    [{ ...owner(1), role: "auditor" }, { state: "disabled" }, "OK"],
    [{ ...owner(0), role: "auditor" }, { role: "owner" }, "OK"],
    [null, { role: "owner" }, "OPERATOR_NOT_FOUND"],
  ] as const)("keeps one active owner: %j changed by %j is %s", (view, wanted, code) => {
    const decision = decideChange(view, wanted);
    expect(decision.ok ? "OK" : decision.error.code).toBe(code);
  });
});
