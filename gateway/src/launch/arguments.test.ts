import { serviceNames } from "@joinery/kit";
import { expect, test } from "vitest";
import { readArguments } from "./arguments.js";

test("without a command it runs, and each command takes what is its own", () => {
  expect(readArguments([])).toEqual({ kind: "run", restored: [] });
  expect(readArguments(["--json"])).toEqual({ kind: "run", restored: [] });
  expect(readArguments(["--after-restore", "vault, audit"])).toEqual({
    kind: "run", restored: ["vault", "audit"],
  });
  expect(readArguments(["--after-restore=all"])).toMatchObject({ restored: serviceNames });
  expect(readArguments(["--json", "-h"])).toEqual({ kind: "help" });
  expect(readArguments(["--recover-owner", "a@b", "--organisation", "x"])).toEqual({
    kind: "recover", email: "a@b", organisation: "x",
  });
  expect(readArguments(["--add-organisation=Name", "--owner", "a@b"])).toEqual({
    kind: "add", name: "Name", owner: "a@b", slug: null,
  });
});

test.for([
  ["--fast"], ["fast"], ["--owner", "a@b"], ["--add-organisation", "Name"], ["--recover-owner"],
  ["--recover-owner", "a@b", "--slug", "x"], ["--after-restore", "safe"], ["--after-restore", ""],
  ["--after-restore", "vault", "--owner", "a@b"],
  ["--recover-owner", "a@b", "--add-organisation", "Name", "--owner", "a@b"],
])("what makes no sense is refused: %j", (given) => {
  expect(() => readArguments(given)).toThrowError(
    expect.objectContaining({ code: "ARGUMENT_UNKNOWN" }),
  );
});
