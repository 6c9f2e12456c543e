import { describe, expect, test } from "vitest";
import { plainTypes } from "./pushed-types.js";
import { decidePush, type PushView } from "./push-batch.js";
import { readAccount, referenceKey, type SentAccount, type WantedAccount } from "./push-sent.js";

const enterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

function sent(externalId: string, more: Partial<SentAccount> = {}): SentAccount {
  return {
    kind: "user", externalId, attributes: { userName: externalId }, members: null,
    addMembers: null, removeMembers: null, version: null, ...more,
  };
}

function group(externalId: string, members: readonly string[], kind = "user"): SentAccount {
  return sent(externalId, {
    kind: "group", attributes: { displayName: externalId },
    members: members.map((each) => ({ kind, externalId: each })),
  });
}

function read(account: SentAccount): WantedAccount {
  const wanted = readAccount(account, plainTypes);
  if (!wanted.ok) throw new Error(wanted.error.message);
  return wanted.value;
}

const nothing: PushView = { held: new Map(), named: new Map(), names: new Map() };

function decide(accounts: readonly SentAccount[], view: Partial<PushView> = {}) {
  const ids = accounts.map((_, at) => `new-${at}`);
  return decidePush(accounts.map(read), { ...nothing, ...view }, ids);
}
const codes = (...given: Parameters<typeof decide>) =>
  decide(...given).map((step) => (step.kind === "refuse" ? step.error.code : step.kind));

describe("what a partner sends", () => {
  test("names with a part or a choice say what the nested resource says", () => {
    const flat = read(sent("e1", { attributes: {
      userName: "ada", "name.givenName": "Ada", 'emails[type eq "work"].value': "a@x.example",
      active: "False", [`${enterprise}:department`]: "R&D",
    } }));
    const nested = read(sent("e1", { attributes: {
      userName: "ada", name: { givenName: "Ada" }, active: false,
      emails: [{ type: "work", value: "a@x.example" }], [enterprise]: { department: "R&D" },
    } }));
    expect(flat.resource).toEqual(nested.resource);
    expect(flat.resource).toMatchObject({ externalId: "e1", active: false });
  });

  test("what the server says of a resource may come back with it", () => {
    const { resource } = read(sent("e1", { attributes: {
      schemas: ["x"], id: "7", meta: { version: "1" }, groups: [], userName: "ada", title: null,
    } }));
    expect(resource).toEqual({ externalId: "e1", userName: "ada" });
  });

  test.each<[string, Partial<SentAccount>]>([
    ["a kind of its own", { kind: "robot" }],
    ["no external id", { externalId: "" }],
    ["half a character as external id", { externalId: "\ud800" }],
    ["no user name", { attributes: {} }],
    ["an attribute of no schema", { attributes: { userName: "a", shoeSize: "43" } }],
    ["a password", { attributes: { userName: "a", password: "x" } }],
    ["a prototype", { attributes: { userName: "a", ["__proto__"]: { polluted: true } } }],
    ["a value of another type", { attributes: { userName: "a", active: "perhaps" } }],
    ["a path that is none", { attributes: { userName: "a", "emails[type eq": "x" } }],
    ["more than fits", { attributes: { userName: "a".repeat(3_000) } }],
    ["members of a user", { members: [] }],
    ["members among the attributes", { kind: "group",
      attributes: { displayName: "g", members: [] } }],
    ["members whole and in part", { kind: "group", attributes: { displayName: "g" },
      members: [], addMembers: [] }],
    ["one who comes and goes", { kind: "group", attributes: { displayName: "g" },
      addMembers: [{ kind: "user", externalId: "a" }],
      removeMembers: [{ kind: "user", externalId: "a" }] }],
    ["a version below nothing", { version: -1 }],
  ])("%s is refused, and its value is not repeated", (_, wrong) => {
    const answer = readAccount(sent("canary", wrong), plainTypes);
    expect(answer).toMatchObject({ ok: false, error: { code: "PUSH_INVALID" } });
    expect(JSON.stringify(answer)).not.toMatch(/canary|perhaps|shoeSize|43/);
  });
});

describe("a batch", () => {
  test("makes, changes and keeps by external id", () => {
    const before = { id: "1", version: 4, resource: { externalId: "b", userName: "b" } };
    const held = new Map([
      ["user:b", [before]],
      ["user:c", [{ ...before, id: "2", resource: { userName: "c", externalId: "c" } }]],
    ]);
    const steps = decide([
      sent("a"), sent("b", { attributes: { userName: "b", title: "T" } }), sent("c"),
    ], { held });
    expect(steps).toMatchObject([
      { kind: "create", id: "new-0", version: 0 },
      { kind: "change", id: "1", version: 4, attributes: ["title"] },
      { kind: "keep", id: "2" },
    ]);
  });

  test("is refused object by object", () => {
    const one = { id: "1", version: 4, resource: { externalId: "x", userName: "x" } };
    const held = new Map([["user:x", [one]], ["user:two", [one, one]]]);
    const names = new Map([["taken", "9"]]);
    expect(codes([
      sent("x", { version: 4 }), sent("x"), sent("two"), sent("none", { attributes: null }),
      sent("t", { attributes: { userName: "TAKEN" } }), sent("n", { version: 1 }),
      sent("p", { attributes: { userName: "new" } }),
      sent("q", { attributes: { userName: "NEW" } }),
      sent("z", { version: 0 }),
    ], { held, names })).toEqual([
      "keep", "PUSH_REPEATED", "PUSH_AMBIGUOUS", "PUSH_NOT_FOUND", "PUSH_NAME_TAKEN",
      "PUSH_VERSION_CONFLICT", "create", "PUSH_NAME_TAKEN", "create",
    ]);
  });

  test("takes a group before its members, and none that counts on a refused one", () => {
    const names = new Map([["gone", "9"]]);
    expect(codes([
      group("g", ["a"]), sent("a"),
      group("outer", ["middle"], "group"), group("middle", ["inner"], "group"),
      group("inner", ["gone"]), sent("gone"),
    ], { names })).toEqual([
      "create", "create", "PUSH_MEMBER_UNKNOWN", "PUSH_MEMBER_UNKNOWN", "PUSH_MEMBER_UNKNOWN",
      "PUSH_NAME_TAKEN",
    ]);
  });

  test("groups that are in each other are made together", () => {
    const steps = decide([group("a", ["b"], "group"), group("b", ["a"], "group")]);
    expect(steps).toMatchObject([
      { kind: "create", members: { come: ["new-1"] } },
      { kind: "create", members: { come: ["new-0"] } },
    ]);
  });

  test("who leaves need not be there, who comes must be one", () => {
    const reference = (externalId: string) => ({ kind: "user" as const, externalId });
    const held = new Map([["group:g", [
      { id: "g", version: 1, resource: { externalId: "g", displayName: "g" } },
    ]]]);
    const change = (more: Partial<SentAccount>) =>
      sent("g", { kind: "group", attributes: null, ...more });
    const named = new Map([[referenceKey(reference("two")), ["1", "2"]]]);
    expect(codes([change({ removeMembers: [reference("nobody")] })], { held }))
      .toEqual(["keep"]);
    expect(codes([change({ addMembers: [reference("two")] })], { held, named }))
      .toEqual(["PUSH_AMBIGUOUS"]);
  });
});
