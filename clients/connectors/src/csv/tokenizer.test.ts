import { parse } from "csv-parse/sync";
import { stringify } from "csv-stringify/sync";
import fc from "fast-check";
import { expect, test } from "vitest";
import { RowTokenizer, type Dialect, type TokenLimits } from "./tokenizer.js";

const rfc: Dialect = { delimiter: ",", quote: "\"", escape: "\"" };
const wide: TokenLimits = { cellBytesMax: 1 << 20, rowBytesMax: 8 << 20 };

interface Outcome {
  readonly rows: string[][];
  readonly problems: { readonly line: number; readonly code: string }[];
  readonly torn: boolean;
}

/** Reads a text that comes in pieces of the given lengths, over and over. */
function tokenise(
  text: string, dialect: Dialect, lengths: readonly number[] = [7], limits = wide, width = 0,
): Outcome {
  const tokenizer = new RowTokenizer(dialect, limits);
  tokenizer.width = width;
  const outcome: Outcome = { rows: [], problems: [], torn: false };
  let at = 0;
  let turn = 0;
  for (;;) {
    const token = tokenizer.next();
    if (token === "row") outcome.rows.push(tokenizer.cells.slice(0, tokenizer.count));
    else if (token === "problem") {
      outcome.problems.push({ line: tokenizer.line, code: tokenizer.problem?.code ?? "" });
    } else if (token === "more") {
      const length = lengths[turn % lengths.length] as number;
      tokenizer.feed(text.slice(at, at + length), at + length >= text.length);
      at += length;
      turn += 1;
    } else return { ...outcome, torn: token === "torn" };
  }
}

const dialects = fc.record({
  delimiter: fc.constantFrom(",", ";", "\t", "|", "§"),
  quote: fc.constantFrom("\"", "'"),
  escape: fc.constantFrom("quote", "\\"),
}).map(({ delimiter, quote, escape }): Dialect => ({
  delimiter, quote, escape: escape === "quote" ? quote : escape,
}));

const pieces = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 5 });

const awkward = fc.oneof(
  fc.string({ unit: "binary", maxLength: 12 }),
  fc.string({
    unit: fc.constantFrom("a", '"', "'", "\\", ",", ";", "\t", "|", "\r", "\n", "§"),
    maxLength: 8,
  }),
);

test("what csv-stringify writes in any dialect reads back unit by unit, however it is cut", () => {
  fc.assert(fc.property(
    dialects,
    fc.constantFrom("\n", "\r\n", "\r"),
    fc.boolean(),
    fc.integer({ min: 1, max: 5 }).chain((width) =>
      fc.array(fc.array(awkward, { minLength: width, maxLength: width }), { maxLength: 8 })),
    pieces,
    (dialect, lineEnd, quoted, table, lengths) => {
      const rows = table.filter((row) => row.length > 1 || row[0] !== "");
      const text = stringify(rows, {
        delimiter: dialect.delimiter, quote: dialect.quote as string,
        escape: dialect.escape as string, record_delimiter: lineEnd, quoted,
        // A cell with any of these is quoted, whatever the line end of the file is.
        quoted_match: /[\r\n\\"']/,
      });
      expect(tokenise(text, dialect, lengths)).toEqual({ rows, problems: [], torn: false });
    },
  ), { numRuns: 2_000 });
});

test("any text at all is accepted exactly where csv-parse accepts it, with the same cells", () => {
  fc.assert(fc.property(
    fc.constantFrom(rfc, { ...rfc, escape: "\\" }, { ...rfc, quote: "'", escape: "'" }),
    fc.string({ unit: fc.constantFrom("a", "b", "\"", "'", "\\", ",", "\r", "\n"), maxLength: 24 }),
    pieces,
    (dialect, text, lengths) => {
      const ours = tokenise(text, dialect, lengths);
      let theirs: string[][] | undefined;
      try {
        theirs = parse(text, {
          delimiter: dialect.delimiter, quote: dialect.quote, escape: dialect.escape,
          record_delimiter: ["\r\n", "\n", "\r"], relax_column_count: true,
          skip_empty_lines: true,
        });
      } catch {
        theirs = undefined;
      }
      if (theirs === undefined) expect(ours.problems.length > 0 || ours.torn).toBe(true);
      else expect(ours).toEqual({ rows: theirs, problems: [], torn: false });
    },
  ), { numRuns: 5_000 });
});

test("the outcome does not depend on where the text is cut", () => {
  const limits = { cellBytesMax: 16, rowBytesMax: 40 };
  const unit = fc.constantFrom("a", "é", "\"", ",", "\r", "\n");
  fc.assert(fc.property(fc.string({ unit, maxLength: 80 }), pieces, (text, lengths) => {
    const whole = tokenise(text, rfc, [1_000], limits, 3);
    const cut = tokenise(text, rfc, lengths, limits, 3);
    expect(cut.rows).toEqual(whole.rows);
    expect(cut.torn).toBe(whole.torn);
    expect(cut.problems.map((each) => each.line)).toEqual(whole.problems.map((each) => each.line));
  }), { numRuns: 3_000 });
});

test("a malformed row is passed over with its line and the rows around it are read", () => {
  const text = "a,b\n1,x\"y\n2,ok\n\"3\"z,no\n4,\"multi\nline\"\n5\n6,end\n";
  const outcome = tokenise(text, rfc, [3], wide, 2);
  expect(outcome.rows).toEqual([["a", "b"], ["2", "ok"], ["4", "multi\nline"], ["6", "end"]]);
  expect(outcome.problems).toEqual([
    { line: 2, code: "ROW_MALFORMED" }, { line: 4, code: "ROW_MALFORMED" },
    { line: 7, code: "ROW_MALFORMED" },
  ]);
});

test("a cell of 10 MB is passed over, quoted or not, and the next row is read", () => {
  for (const cell of ["x".repeat(10 << 20), `"${'x"",\n'.repeat(2 << 20)}"`]) {
    const outcome = tokenise(`a,b\n1,${cell}\n2,ok\n`, rfc, [262_144], wide, 2);
    expect(outcome.rows).toEqual([
      ["a", "b"],
      ["2", "ok"],
    ]);
    expect(outcome.problems).toEqual([{ line: 2, code: "VALUE_TOO_LARGE" }]);
  }
});

test("a text that ends inside quotes, or with a short row that has no line end, is torn", () => {
  expect(tokenise("a,b\n1,\"x", rfc, [2], wide, 2).torn).toBe(true);
  expect(tokenise("a,b\n1", rfc, [2], wide, 2).torn).toBe(true);
  expect(tokenise("a,b\n1,x", rfc, [2], wide, 2)).toEqual({
    rows: [["a", "b"], ["1", "x"]], problems: [], torn: false,
  });
});

test("without a quote every sign but delimiter and line end is data", () => {
  const dialect: Dialect = { delimiter: "\t", quote: null, escape: null };
  expect(tokenise('"a\t\'b\r\n\\\t""\n', dialect, [1]).rows).toEqual([
    ['"a', "'b"],
    ["\\", '""'],
  ]);
});
