import fc from "fast-check";
import { expect, test } from "vitest";
import type { ConnectorValue } from "../connector.js";
import { enterpriseSchema, userSchema } from "./core-schema.js";
import { flatAttributes, type FlatAttribute } from "./flat-attributes.js";
import { flatten, WrongValue } from "./flatten.js";
import { canonicalText, type JsonObject } from "../http/json.js";
import { hasValue } from "./resource-kind.js";
import { put, type Draft } from "./unflatten.js";

const settings = {
  pageSize: 10, attributes: [], types: { emails: ["school"] }, whole: [], filter: undefined,
  endpoint: undefined,
};
const flats = flatAttributes(
  { kind: "user", settings, nameCase: undefined }, userSchema, [enterpriseSchema],
);
const flat = (name: string): FlatAttribute => {
  const found = flats.get(name.toLowerCase());
  if (found === undefined) throw new Error(name);
  return found;
};
const flattened = (resource: JsonObject) => {
  const found = flatten(resource, flats.values());
  if (found instanceof WrongValue) throw new Error(found.attribute);
  return found;
};

const text = fc.string({ minLength: 1, maxLength: 12, unit: "grapheme" })
  .filter((each) => !each.includes("\0"));
const element = fc.record({
  value: text, type: fc.constantFrom("work", "WORK", "home", "yacht"), primary: fc.boolean(),
  display: text, secret: fc.jsonValue(),
}, { requiredKeys: [] }).map((each) => each as JsonObject);
const resource = fc.record({
  userName: text, title: text, "urn:their:own:1.0": fc.dictionary(text, fc.jsonValue()),
  name: fc.record({ givenName: text, familyName: text, odd: fc.jsonValue() }, { requiredKeys: [] }),
  emails: fc.uniqueArray(element, { maxLength: 5, selector: (each) => each["value"] }),
  addresses: fc.array(fc.record({ type: fc.constantFrom("work", "home"), locality: text }), {
    maxLength: 3,
  }),
  [enterpriseSchema.id]: fc.record({ department: text, theirs: text }, { requiredKeys: [] }),
}, { requiredKeys: ["userName"] }).map((each) => each as JsonObject);

test("writing what was read changes nothing", () => {
  fc.assert(fc.property(resource, (before) => {
    const draft = structuredClone(before) as Draft;
    const values = Object.entries(flattened(before));
    for (const [name, value] of values) put(draft, flat(name), value, {});
    expect(flattened(draft)).toEqual(flattened(before));
    for (const [name, value] of values) {
      expect(hasValue(draft, flat(name), value, false)).toBe(true);
    }
  }), { numRuns: 300 });
});

const names = [
  "title", "name.givenName", "emails", "emails[type eq \"work\"].value",
  "emails[type eq \"school\"].value", "emails[primary eq true].display",
  "addresses[type eq \"home\"].locality", `${enterpriseSchema.id}:department`,
  `${enterpriseSchema.id}:manager.value`, "profileUrl",
];

test("writing one attribute shows there, and every other member of the resource stays", () => {
  fc.assert(fc.property(resource, fc.constantFrom(...names), fc.option(text), (...given) => {
    const [before, name, to] = given;
    const target = flat(name);
    const after: ConnectorValue | null = to !== null && target.described.many === true ? [to] : to;
    const draft = structuredClone(before) as Draft;
    put(draft, target, after, {});
    // Without its primary element a list has another one that is meant, or none.
    if (after !== null) expect(hasValue(draft, target, after, false)).toBe(true);
    const without = (each: JsonObject): unknown => {
      const copy = structuredClone(each) as Draft;
      const holder = target.extension === undefined ? copy : copy[target.extension] as Draft;
      Reflect.deleteProperty(holder ?? {}, target.attribute.name);
      if (holder !== copy && Object.keys(holder ?? {}).length === 0) {
        Reflect.deleteProperty(copy, target.extension ?? "");
      }
      return copy;
    };
    expect(canonicalText(without(draft))).toBe(canonicalText(without(before)));
    if (target.form !== "element" || !Array.isArray(before["emails"])) return;
    // Of a list only the one element that is meant differs.
    const list = (each: JsonObject): readonly string[] =>
      ((each[target.attribute.name] ?? []) as unknown[]).map((one) => canonicalText(one));
    const stay = list(before).filter((one) => list(draft).includes(one));
    expect(stay.length).toBeGreaterThanOrEqual(list(before).length - 1);
  }), { numRuns: 500 });
});

test("parts that the schema does not know survive in an element that is written", () => {
  const draft: Draft = { emails: [{ value: "a", type: "work", secret: { deep: [1] } }] };
  put(draft, flat("emails[type eq \"work\"].value"), "b", {});
  put(draft, flat("emails"), ["b", "c"], {});
  expect(draft).toEqual({
    emails: [{ value: "b", type: "work", secret: { deep: [1] } }, { value: "c" }],
  });
});

test("whole elements come and go as JSON, members in one order", () => {
  const addresses = flat("addresses");
  const draft: Draft = { addresses: [{ type: "work", locality: "Ürzig", "country": null }] };
  const [only] = flattened(draft)["addresses"] as readonly string[];
  expect(only).toBe('{"locality":"Ürzig","type":"work"}');
  put(draft, addresses, [only ?? "", '{"type":"home","locality":"Ghent"}'], {});
  expect(draft["addresses"]).toEqual([
    { locality: "Ürzig", type: "work" }, { locality: "Ghent", type: "home" },
  ]);
  for (const wrong of ["x", "[]", "1", '{"unheardOf":1}', '{"__proto__":{"a":1}}']) {
    expect(() => { put(draft, addresses, [wrong], {}); }).toThrow(/addresses/);
  }
  expect(({} as Record<string, unknown>)["a"]).toBeUndefined();
});

test("an element without its value goes, and so does one that says nothing any more", () => {
  const draft: Draft = {
    emails: [{ value: "a", type: "work" }, { value: "b", type: "home", display: "B" }],
    addresses: [{ type: "work", locality: "X" }, { type: "home", locality: "Y", region: "Z" }],
  };
  put(draft, flat("emails[type eq \"work\"].value"), null, {});
  put(draft, flat("emails[type eq \"home\"].display"), null, {});
  put(draft, flat("addresses[type eq \"work\"].locality"), null, {});
  put(draft, flat("addresses[type eq \"home\"].locality"), null, {});
  expect(draft).toEqual({
    emails: [{ value: "b", type: "home" }], addresses: [{ type: "home", region: "Z" }],
  });
});
