import type { AttributeSchema, Attributes } from "../model.js";
import { scopeOf } from "../scopes.js";
import { compileExpression, evaluate } from "./expression.js";
import { Frame } from "./frame.js";

/** For tests: one of every type, and one of each that has no value. */
export const schema: readonly AttributeSchema[] = [
  { name: "name", type: "string" },
  { name: "mail", type: "string" },
  { name: "job", type: "string" },
  { name: "level", type: "integer" },
  { name: "huge", type: "integer" },
  { name: "pay", type: "decimal" },
  { name: "active", type: "boolean" },
  { name: "ends", type: "date" },
  { name: "seen", type: "instant" },
  { name: "roles", type: "string", many: true },
  { name: "marks", type: "integer", many: true },
  { name: "manager", type: "reference" },
  { name: "nothing", type: "string" },
  { name: "noNumber", type: "integer" },
  { name: "noFlag", type: "boolean" },
  { name: "noList", type: "string", many: true },
  { name: "noDate", type: "date" },
];

export const person: Attributes = {
  name: "Zoë Łuß",
  mail: "Zoe@Example.com",
  job: "124#CEO",
  level: 7,
  huge: "9007199254740993",
  pay: "1250.5",
  active: true,
  ends: "2026-06-30",
  seen: "2026-03-01T08:00:00.000Z",
  roles: ["admin", "sales"],
  marks: [1, 2, 3],
  manager: { ref: "a-0" },
};

export const now = "2026-03-01T12:00:00.000Z";
export const scope = scopeOf({ kind: "identity", schema });

/** Computes an expression for the person at noon of 1 March 2026. */
export function run(text: string, attributes = person): { value: unknown; due: string | null } {
  const frame = new Frame();
  frame.begin(now);
  frame.attributes = attributes;
  frame.classification = "staff";
  const value = evaluate(compileExpression(text, scope).run, frame);
  return { value, due: frame.nextDueAt };
}
