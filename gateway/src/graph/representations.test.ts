import fc from "fast-check";
import { expect, test } from "vitest";
import { atOldPlaces, distinctRepresentations } from "./representations.js";

const representation = fc.record({
  __typename: fc.constantFrom("Account", "Identity"),
  id: fc.constantFrom("1", "2", "3", "é"),
});

/** What a subgraph answers: one entity each, or an error where there is none. */
function answerTo(representations: readonly { id: string }[]) {
  const entities = representations.map(({ id }) => (id === "3" ? null : { id, n: [id] }));
  const data = { _entities: entities };
  const missing = representations.flatMap(({ id }, place) => (id === "3" ? [place] : []));
  const errors = missing.map((place) => ({ message: "gone", path: ["_entities", place, "n"] }));
  return { data, ...(errors.length > 0 ? { errors } : {}) };
}

test("asking for each entity once gives every place what asking for all gives", () => {
  fc.assert(fc.property(fc.array(representation, { maxLength: 12 }), (representations) => {
    const { variables, places } = distinctRepresentations({ representations, other: 1 });
    const asked = variables["representations"] as typeof representations;
    expect(new Set(asked.map((one) => JSON.stringify(one))).size).toBe(asked.length);
    expect(variables["other"]).toBe(1);
    const answer = places ? atOldPlaces(answerTo(asked), places) : answerTo(asked);
    expect(answer.data).toEqual(answerTo(representations).data);
  }));
});

test("entities at two places are two objects, for later answers are merged into them", () => {
  const representations = [{ id: "1" }, { id: "1" }];
  const { variables, places } = distinctRepresentations({ representations });
  const answer = atOldPlaces(answerTo(variables["representations"] as never), places ?? []);
  const [first, second] = (answer.data as { _entities: { n: string[] }[] })._entities;
  first?.n.push("merged");
  expect(second?.n).toEqual(["1"]);
});

test("an error moves to the first place of its entity", () => {
  const representations = [{ id: "1" }, { id: "1" }, { id: "3" }, { id: "3" }];
  const { variables, places } = distinctRepresentations({ representations });
  const answer = atOldPlaces(answerTo(variables["representations"] as never), places ?? []);
  expect(answer.errors).toEqual([{ message: "gone", path: ["_entities", 2, "n"] }]);
});

test("what names no entity, or each once, is left as it is", () => {
  const single = { representations: [{ id: "1" }, { id: "2" }] };
  for (const variables of [{}, { first: 3 }, single]) {
    expect(distinctRepresentations(variables)).toEqual({ variables, places: null });
  }
});
