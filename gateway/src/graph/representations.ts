import type { SubgraphAnswer } from "@joinery/kit";

type Variables = Readonly<Record<string, unknown>>;

/** Variables that name each entity once, and where each of the old places is now. */
export interface Distinct {
  readonly variables: Variables;
  /** Old place → new place; null when nothing was named twice. */
  readonly places: readonly number[] | null;
}

/**
 * The gateway asks for an entity as often as it appears: fifty accounts of one application are
 * fifty representations of it. They are equal when their texts are, for the planner has a fixed
 * order of fields.
 */
export function distinctRepresentations(variables: Variables): Distinct {
  const representations = variables["representations"];
  if (!Array.isArray(representations) || representations.length < 2) {
    return { variables, places: null };
  }
  const found = new Map<string, number>();
  const kept: unknown[] = [];
  const places = representations.map((representation: unknown) => {
    const text = JSON.stringify(representation);
    const known = found.get(text);
    if (known !== undefined) return known;
    found.set(text, kept.length);
    return kept.push(representation) - 1;
  });
  if (kept.length === representations.length) return { variables, places: null };
  return { variables: { ...variables, representations: kept }, places };
}

/**
 * Gives every old place its entity again. Each is an object of its own, for the gateway merges
 * later answers into it; an error moves to the first place of its entity.
 */
export function atOldPlaces(answer: SubgraphAnswer, places: readonly number[]): SubgraphAnswer {
  const data = answer.data as { _entities?: unknown } | null | undefined;
  const entities = data?._entities;
  const spread = Array.isArray(entities)
    ? { data: { ...data, _entities: spreadOut(entities, places) } }
    : {};
  const errors = answer.errors?.map((error) => movedTo(error, places));
  return { ...answer, ...spread, ...(errors ? { errors } : {}) };
}

function spreadOut(entities: readonly unknown[], places: readonly number[]): unknown[] {
  const given = new Set<number>();
  return places.map((place) => {
    const entity = entities[place];
    if (!given.has(place)) {
      given.add(place);
      return entity;
    }
    return structuredClone(entity);
  });
}

type AnswerError = NonNullable<SubgraphAnswer["errors"]>[number];

function movedTo(error: AnswerError, places: readonly number[]): AnswerError {
  const { path } = error as { path?: readonly (string | number)[] };
  const place = path?.[1];
  if (path?.[0] !== "_entities" || typeof place !== "number") return error;
  const moved = { path: ["_entities", places.indexOf(place), ...path.slice(2)] };
  return { ...error, ...moved };
}
