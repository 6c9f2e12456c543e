import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { directoryContext } from "./fixtures.js";
import type { AccountState, AttributeSchema, Attributes, Desired } from "./model.js";
import type { PlannedItem, Value } from "./model.js";
import { planAccount, type AccountPlan } from "./plan.js";

const schema = directoryContext.schema.user ?? [];

const wish = (attributes: Desired["attributes"], more: Partial<Desired> = {}): Desired => ({
  provisioned: true,
  enabled: null,
  attributes,
  weak: [],
  numbered: [],
  because: {
    $provision: "who",
    $enabled: "on",
    ...Object.fromEntries(Object.keys(attributes).map((name) => [name, `m-${name}`])),
  },
  otherwise: "disable",
  failures: [],
  nextDueAt: null,
  ...more,
});

const has = (attributes: Attributes, more: Partial<AccountState> = {}): AccountState => ({
  id: "a-1",
  application: "directory",
  kind: "user",
  anchor: "uuid-1",
  name: "cn=1001,ou=users",
  attributes,
  ...more,
});

const plan = (desired: Desired, account: AccountState | null): AccountPlan =>
  planAccount({ desired, account, schema });

const nothing: AccountPlan = { items: [], pending: [], failures: [] };

describe("the plan of one account", () => {
  it("a create has no references; they follow as an update of their own", () => {
    const desired = wish({
      cn: "Ana",
      mail: null,
      manager: { ref: "a-0" },
      assistants: [{ ref: "a-2" }],
    });
    expect(plan(desired, null)).toEqual({
      items: [
        {
          operation: "create",
          before: {},
          after: { cn: "Ana" },
          because: ["m-cn", "who"],
          classes: ["create"],
        },
        {
          operation: "update",
          before: { manager: null, assistants: null },
          after: { manager: { ref: "a-0" }, assistants: [{ ref: "a-2" }] },
          because: ["m-assistants", "m-manager"],
          classes: ["update"],
        },
      ],
      pending: [],
      failures: [],
    });
  });

  it("an update holds only what differs by the schema, with what was there before", () => {
    const account = has({
      cn: "ANA",
      mail: ["b@x", "a@x"],
      employeeNumber: "1",
      description: "kept",
    });
    const desired = wish({ cn: "Ana", mail: ["a@x", "B@x"], employeeNumber: "2", level: 7 });
    expect(plan(desired, account).items).toEqual([
      {
        operation: "update",
        before: { employeeNumber: "1", level: null },
        after: { employeeNumber: "2", level: "7" },
        because: ["m-employeeNumber", "m-level"],
        classes: ["update"],
      },
    ]);
  });

  it.each<[string, Desired, AccountState | null]>([
    ["what is absent on both sides", wish({ mail: null }), has({})],
    ["attributes that nobody maps", wish({}), has({ mail: ["a@x"] })],
    ["read-only attributes", wish({ entryUUID: "x" }), has({})],
    ["attributes that the application does not know", wish({ shoeSize: "44" }), has({})],
    ["a weak wish where there is a value", wish({ cn: "x" }, { weak: ["cn"] }), has({ cn: "y" })],
    ["an enabled state that the application has not", wish({}, { enabled: true }), has({})],
    ["an enabled state that is not ours", wish({}), has({}, { enabled: false })],
    [
      "a name that differs in case only",
      wish({ dn: "CN=1001,ou=Users" }),
      has({ dn: "cn=1001,ou=users" }),
    ],
    ["somebody who is not provisioned and has no account", wish({}, { provisioned: false }), null],
    [
      "an account that is kept",
      wish({}, { provisioned: false, otherwise: "keep" }),
      has({}, { enabled: true }),
    ],
    [
      "an account that is disabled already",
      wish({}, { provisioned: false }),
      has({}, { enabled: false }),
    ],
    ["an account that cannot be disabled", wish({}, { provisioned: false }), has({})],
  ])("nothing is planned for %s", (_what, desired, account) => {
    expect(plan(desired, account)).toEqual(nothing);
  });

  it.each<[string, Desired, AccountState, Partial<PlannedItem>]>([
    [
      "emptying an attribute is blanking",
      wish({ mail: null }),
      has({ mail: ["a@x"] }),
      { before: { mail: ["a@x"] }, after: { mail: null }, classes: ["update", "blanking"] },
    ],
    [
      "a change of the naming attribute is a rename",
      wish({ dn: "cn=1002,ou=users" }),
      has({ dn: "cn=1001,ou=users" }),
      {
        before: { dn: "cn=1001,ou=users" },
        after: { dn: "cn=1002,ou=users" },
        classes: ["update", "rename"],
      },
    ],
    [
      "the naming attribute of an account that had none is set, which renames nobody",
      wish({ dn: "cn=1002,ou=users" }),
      has({}),
      { before: { dn: null }, after: { dn: "cn=1002,ou=users" }, classes: ["update"] },
    ],
    [
      "turning off is a disable",
      wish({}, { enabled: false }),
      has({}, { enabled: true }),
      {
        before: { $enabled: true },
        after: { $enabled: false },
        because: ["on"],
        classes: ["update", "disable"],
      },
    ],
    [
      "turning on is an update",
      wish({}, { enabled: true }),
      has({}, { enabled: false }),
      { after: { $enabled: true }, classes: ["update"] },
    ],
    [
      "a leaver is disabled",
      wish({}, { provisioned: false }),
      has({ cn: "x" }, { enabled: true }),
      {
        operation: "update",
        before: { $enabled: true },
        after: { $enabled: false },
        because: ["who"],
        classes: ["update", "disable"],
      },
    ],
    [
      "a delete remembers everything that was there",
      wish({}, { provisioned: false, otherwise: "delete" }),
      has({ cn: "x", mail: ["a@x"] }, { enabled: true }),
      {
        operation: "delete",
        before: { cn: "x", mail: ["a@x"], $enabled: true },
        after: {},
        because: ["who"],
        classes: ["delete"],
      },
    ],
    [
      "a weak wish fills what is empty",
      wish({ cn: "x" }, { weak: ["cn"] }),
      has({ cn: "" }),
      { after: { cn: "x" }, classes: ["update"] },
    ],
  ])("%s", (_promise, desired, account, expected) => {
    expect(plan(desired, account).items).toEqual([expect.objectContaining(expected)]);
  });
});

describe("references", () => {
  const pending: Value = { ref: "identity-account", unresolved: true };

  it("one that is not resolved yet is left out and reported", () => {
    expect(plan(wish({ cn: "x", manager: pending }), null)).toMatchObject({
      items: [{ operation: "create", after: { cn: "x" } }],
      pending: ["manager"],
    });
    expect(plan(wish({ manager: pending }), has({ manager: { ref: "a-9" } }))).toEqual({
      ...nothing,
      pending: ["manager"],
    });
    const asked: Value = { ref: "1000", by: "anchor" };
    expect(plan(wish({ manager: asked }), has({}))).toEqual({ ...nothing, pending: ["manager"] });
  });

  it("while one of several is pending, what is there is added to and never taken away", () => {
    const desired = wish({ assistants: [{ ref: "a-2" }, pending as { ref: string }] });
    const result = plan(desired, has({ assistants: [{ ref: "a-3" }] }));
    expect(result.pending).toEqual(["assistants"]);
    expect(result.items[0]?.after).toEqual({ assistants: [{ ref: "a-2" }, { ref: "a-3" }] });
  });

  it("a member that could not be resolved when it was read is never removed", () => {
    const account = has({ assistants: [{ ref: "a-2" }, "cn=gone,dc=example"] });
    expect(plan(wish({ assistants: [{ ref: "a-2" }] }), account).items).toEqual([]);
    expect(plan(wish({ assistants: null }), account).items[0]?.after).toEqual({
      assistants: ["cn=gone,dc=example"],
    });
    const single = has({ manager: "cn=gone,dc=example" });
    expect(plan(wish({ manager: null }), single).items).toEqual([]);
    expect(plan(wish({ manager: { ref: "a-0" } }), single).items[0]).toMatchObject({
      before: { manager: "cn=gone,dc=example" },
      after: { manager: { ref: "a-0" } },
    });
  });
});

describe("what cannot be planned", () => {
  it("an object with failures gets no item, least of all a delete", () => {
    const failures = [{ mapper: "who", code: "EXPRESSION_TYPE", message: "x" }] as const;
    const desired = wish({}, { provisioned: false, otherwise: "delete", failures });
    expect(plan(desired, has({}, { enabled: true }))).toEqual(nothing);
  });

  it.each<[string, Desired["attributes"], string, string]>([
    ["two values for one place", { cn: ["a", "b"] }, "m-cn", "VALUE_NOT_SINGLE"],
    ["nothing for what is required", { dn: null }, "m-dn", "VALUE_MISSING"],
    ["a reference where text is needed", { cn: { ref: "a" } }, "m-cn", "VALUE_INVALID"],
  ])("%s is a failure of its mapper and plans nothing", (_what, attributes, mapper, code) => {
    for (const account of [null, has({})]) {
      const result = plan(wish({ ...attributes, employeeNumber: "5" }), account);
      expect(result).toMatchObject({ items: [], failures: [{ mapper, code }] });
    }
  });
});

describe("replay", () => {
  const scalar = (each: AttributeSchema): fc.Arbitrary<Value> =>
    each.type === "reference"
      ? fc.constantFrom<Value>({ ref: "a-0" }, { ref: "a-2" }, { ref: "a-3" })
      : fc.constantFrom("a", "A", "ß", "b", "7");
  const value = (each: AttributeSchema): fc.Arbitrary<Value> =>
    each.many === true
      ? fc.array(scalar(each) as fc.Arbitrary<string>, { minLength: 1, maxLength: 4 })
      : scalar(each);
  const raw = (each: AttributeSchema): fc.Arbitrary<Value> =>
    each.type === "reference" && each.many === true
      ? fc.array(fc.oneof(scalar(each) as fc.Arbitrary<string>, fc.constant("cn=raw")), {
          minLength: 1,
        })
      : value(each);
  const writable = schema.filter((each) => each.readOnly !== true);
  const attributes = fc.record(Object.fromEntries(writable.map((each) => [each.name, raw(each)])), {
    requiredKeys: [],
  }) as fc.Arbitrary<Attributes>;
  const wishes = fc.record(
    Object.fromEntries(
      writable.map((each) => {
        const optional = fc.oneof(value(each), fc.constant(null));
        return [each.name, each.required === true ? value(each) : optional];
      }),
    ),
    { requiredKeys: [] },
  ) as fc.Arbitrary<Desired["attributes"]>;
  const desires = fc
    .tuple(
      wishes,
      fc.boolean(),
      fc.constantFrom(true, false, null),
      fc.constantFrom("keep", "disable", "delete"),
      fc.subarray(writable.map((each) => each.name)),
    )
    .map(([each, provisioned, enabled, otherwise, weak]) =>
      wish(each, { provisioned, enabled, otherwise, weak }),
    );
  const accounts = fc.oneof(
    fc.constant(null),
    fc
      .tuple(attributes, fc.constantFrom(true, false, undefined))
      .map(([each, enabled]) => has(each, enabled === undefined ? {} : { enabled })),
  );

  it("carrying a plan out leaves nothing to do", () => {
    fc.assert(
      fc.property(desires, accounts, (desired, account) => {
        const first = plan(desired, account);
        const after = first.items.reduce(apply, account);
        expect(plan(desired, after)).toEqual({ items: [], pending: [], failures: first.failures });
      }),
      { numRuns: 3_000 },
    );
  });

  it("an item touches only what is mapped, and says truly what was there before", () => {
    fc.assert(
      fc.property(desires, accounts, (desired, account) => {
        let state = account;
        for (const item of plan(desired, account).items) {
          for (const name of Object.keys(item.after)) {
            if (name !== "$enabled") expect(desired.attributes).toHaveProperty([name]);
          }
          for (const [name, was] of Object.entries(item.before)) {
            const there = name === "$enabled" ? state?.enabled : state?.attributes[name];
            expect(there ?? null).toEqual(was);
          }
          state = apply(state, item);
        }
      }),
    );
  });

  function apply(account: AccountState | null, item: PlannedItem): AccountState | null {
    if (item.operation === "delete") return null;
    const base = account ?? has({}, { name: "" });
    const changed: Record<string, Value> = { ...base.attributes };
    let { enabled } = base;
    for (const [name, value] of Object.entries(item.after)) {
      if (name === "$enabled") enabled = value === true;
      else if (value === null) delete changed[name];
      else changed[name] = value;
    }
    const next = { ...base, attributes: changed };
    return enabled === undefined ? next : { ...next, enabled };
  }
});
