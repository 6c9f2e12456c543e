import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { innerQuery, queryProblem, templateOf, templateProblem } from "./templates.js";
import { tokensOf } from "./tokens.js";

const both = ["postgresql", "mysql"] as const;
const names = (dialect: "postgresql" | "mysql", text: string): readonly string[] =>
  templateOf(dialect, text).flatMap((part) => (typeof part === "string" ? [] : [part.parameter]));

describe.each(both)("statements of %s", (dialect) => {
  test.each([
    "insert into people (login, mail) values (:login, :\"first mail\")",
    "update people set login = :login where id = :_anchor;  -- done ; really",
    "/* why; how */ delete from people where id = :_anchor",
    "call make_person(:login)",
    "insert into notes values (';', \"a;b\", :note)",
    "update people set note = 'it''s; :no' where id = :id",
  ])("%s is one", (text) => {
    expect(templateProblem(dialect, text)).toBeUndefined();
  });

  test.each([
    "update a set b = :b; drop table a", "drop table a -- :b", "insert into a values (1)",
    "update a set b = ':b'", "update a set b = :b where (c = 1", "update a set b = :b) where c = 1",
    "update a set b = 'x where c = :c", "update a set b = :b /* where", "truncate a /* :a */",
    "; update a set b = :b", "set role admin", "update a set b = :b;;", "copy a from program :b",
    "grant all on a to :b", "", "   ", "-- :a",
  ])("%s is none", (text) => {
    expect(templateProblem(dialect, text)).toBeTypeOf("string");
  });

  test.each([
    "select * from people", "with p as (select 1) select * from p", "(select 1) union (select 2)",
    "select ';' as a;", "select 1 -- the end",
  ])("%s is a query", (text) => {
    expect(queryProblem(dialect, text)).toBeUndefined();
    expect(innerQuery(dialect, text)).toMatch(/\n$/);
  });

  test.each([
    "delete from people", "select 1; select 2", "select :a", "select 1) as x, (select 2",
    "select (1",
    "insert into a select 1", "update a set b = 1", "explain select 1", "set a = 1", "",
    "select 'a", "do $$ begin end $$",
  ])("%s is no query", (text) => {
    expect(queryProblem(dialect, text)).toBeTypeOf("string");
  });

  test("tokens are the text again, whatever it is", () => {
    fc.assert(fc.property(
      fc.string({ unit: fc.constantFrom(..."abc019 :;'\"`\\$#-/*()[]\n?=e") }),
      (text) => {
        try {
          expect(tokensOf(dialect, text).map((token) => token.text).join("")).toBe(text);
        } catch (error) {
          expect((error as Error).constructor.name).toBe("BrokenStatement");
        }
      },
    ), { numRuns: 2_000 });
  });
});

test("values are told from casts, texts and comments as each database reads them", () => {
  const text = "update a set b = :b::int, c = $x$ :no $x$, d = e'\\' :no' where f = :f -- :no";
  expect(names("postgresql", text)).toEqual(["b", "f"]);
  expect(templateProblem("postgresql", "update a set b = $1 where c = :c")).toMatch(/:name/);
  expect(names("mysql", "update a set b = :b, c = '\\' :no' # :no\n where `:d` = :d"))
    .toEqual(["b", "d"]);
  expect(templateProblem("mysql", "update a set b = ? where c = :c")).toMatch(/:name/);
  expect(templateProblem("mysql", "update a set b = :b /*! , c = 1 */")).toMatch(/comments/);
  expect(templateProblem("mysql", "update a set b = :b /*M!100 , c = 1 */")).toMatch(/comments/);
});
