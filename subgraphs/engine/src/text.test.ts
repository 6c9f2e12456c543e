import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { normalisers } from "./model.js";
import { ascii, capitalise, casefold, digits, escapeDn, normalise } from "./text.js";

describe("text functions", () => {
  it.each([
    ["Zoë Łuß", "Zoe Luss"],
    ["Æther Øberg Đurić", "AEther Oberg Duric"],
    ["Þór Ísland", "THor Island"],
    ["ﬁnance Ⅷ ½", "finance VIII 12"],
    ["O’Neill – “x”…", 'O\'Neill - "x"...'],
    ["Дмитрий", ""],
    ["İstanbul ılık", "Istanbul ilik"],
    ["a\u00a0b", "a b"],
  ])("ascii(%s) is %s", (text, expected) => {
    expect(ascii(text)).toBe(expected);
  });

  it("ascii always yields ASCII", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        expect(ascii(text)).toMatch(/^[\x00-\x7f]*$/);
      }),
    );
  });

  it.each([
    ["ANNA-MARIA o'neill", "Anna-Maria O'neill"],
    ["élodie d’arc", "Élodie D’arc"],
    ["room 12b", "Room 12b"],
  ])("capitalise(%s) is %s", (text, expected) => {
    expect(capitalise(text)).toBe(expected);
  });

  it.each([
    ["+43 (1) 234-5", "4312345"],
    ["٤٥ १२", "4512"],
    ["no", ""],
  ])("digits(%s) is %s", (text, expected) => {
    expect(digits(text)).toBe(expected);
  });

  it.each([
    ["Lopez, Ana", "Lopez\\, Ana"],
    ["#1", "\\#1"],
    [" a ", "\\ a\\ "],
    [" ", "\\ "],
    ['a+b=c;d<e>f"g\\h', 'a\\+b\\=c\\;d\\<e\\>f\\"g\\\\h'],
    ["a\u0000b", "a\\00b"],
  ])("escapeDn(%s) is %s (RFC 4514 §2.4)", (text, expected) => {
    expect(escapeDn(text)).toBe(expected);
  });
});

describe("casefold", () => {
  it.each([
    ["STRASSE", "straße"],
    ["ΌΣΟΣ", "όσος"],
    ["ﬀ", "FF"],
    ["K", "k"],
  ])("%s and %s are the same", (a, b) => {
    expect(casefold(a)).toBe(casefold(b));
  });

  it.each([
    ["ı", "i"],
    ["İ", "i"],
    ["о", "o"],
    ["ä", "a"],
  ])("%s and %s are not the same", (a, b) => {
    expect(casefold(a)).not.toBe(casefold(b));
  });

  it("agrees with the case folding that regular expressions use, for every letter", () => {
    for (let point = 0; point < 0x1_0000; point += 1) {
      if (point >= 0xd800 && point <= 0xdfff) continue;
      const letter = String.fromCodePoint(point);
      const folded = casefold(letter);
      if (!/^\p{L}$/u.test(letter) || folded.length !== 1 || folded === letter) continue;
      expect(new RegExp(`^${letter}$`, "iu").test(folded), letter).toBe(true);
    }
  });
});

describe("normalisers", () => {
  const some = fc.subarray([...normalisers]);
  const text = fc.oneof(fc.string({ unit: "binary" }), fc.string({ unit: "grapheme" }));

  it("change nothing the second time", () => {
    fc.assert(
      fc.property(text, some, (value, names) => {
        const wanted = new Set(names);
        const once = normalise(value, wanted);
        expect(normalise(once, wanted)).toBe(once);
      }),
      { numRuns: 2_000 },
    );
  });

  it("make texts equal that differ in case, width and white space only", () => {
    const wanted = new Set(["nfkc", "casefold", "trim"] as const);
    expect(normalise("  ＡＮＮＡ@Example.COM ", wanted)).toBe("anna@example.com");
  });
});
