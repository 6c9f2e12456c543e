import { normalisers, type Normaliser } from "./model.js";

/** Latin letters that Unicode does not decompose into a base letter and marks. */
const latin: Readonly<Record<string, string>> = {
  ß: "ss",
  ẞ: "SS",
  æ: "ae",
  Æ: "AE",
  œ: "oe",
  Œ: "OE",
  ø: "o",
  Ø: "O",
  ł: "l",
  Ł: "L",
  đ: "d",
  Đ: "D",
  ð: "d",
  Ð: "D",
  þ: "th",
  Þ: "TH",
  ħ: "h",
  Ħ: "H",
  ı: "i",
  ŀ: "l",
  Ŀ: "L",
  ŧ: "t",
  Ŧ: "T",
  ŋ: "n",
  Ŋ: "N",
  ĸ: "k",
  ŉ: "n",
  ſ: "s",
  ƒ: "f",
  ǝ: "e",
  Ə: "E",
  ə: "e",
  ĳ: "ij",
  Ĳ: "IJ",
  ǿ: "o",
  Ǿ: "O",
  ɨ: "i",
  Ɨ: "I",
  ʉ: "u",
  Ʉ: "U",
  ƀ: "b",
  Ƀ: "B",
  "‘": "'",
  "’": "'",
  "‚": "'",
  "“": '"',
  "”": '"',
  "„": '"',
  "–": "-",
  "—": "-",
  "‐": "-",
  "‑": "-",
  "−": "-",
  "…": "...",
  "\u00a0": " ",
  "\u2009": " ",
  "\u202f": " ",
};

const asciiOnly = /^[\x00-\x7f]*$/;
const beyondAscii = /[^\x00-\x7f]/gu;
const marks = /\p{M}/gu;

/**
 * Writes Latin letters and common punctuation in ASCII: marks go, ligatures and letters like ß, ø,
 * ł open up. What has no Latin spelling (other scripts) is left out, so the result is ASCII always.
 */
export function ascii(text: string): string {
  if (asciiOnly.test(text)) return text;
  const plain = text.normalize("NFKD").replace(marks, "");
  return plain.replace(beyondAscii, (letter) => latin[letter] ?? "");
}

/**
 * Folds case as Unicode's full case folding does (Core Specification §3.13, toCasefold): equal for
 * texts that differ in case only. The dotless ı stays itself, so it never equals i.
 */
export function casefold(text: string): string {
  if (asciiOnly.test(text)) return text.toLowerCase();
  let folded = "";
  for (const letter of text) folded += foldLetter(letter);
  return folded;
}

function foldLetter(letter: string): string {
  if (letter === "ı") return letter;
  if (letter === "İ") return "i\u0307";
  return letter.toUpperCase().toLowerCase().replaceAll("ς", "σ");
}

/** Keeps the decimal digits of every script, written as 0 to 9. */
export function digits(text: string): string {
  if (asciiOnly.test(text)) return text.replace(/[^0-9]+/g, "");
  let kept = "";
  for (const letter of text.normalize("NFKC")) {
    if (letter >= "0" && letter <= "9") kept += letter;
    else if (/\p{Nd}/u.test(letter)) kept += decimalValue(letter);
  }
  return kept;
}

/** Decimal digits stand in runs of ten, zero first (Unicode Core Specification §4.6). */
function decimalValue(letter: string): string {
  const point = letter.codePointAt(0) as number;
  let zero = point;
  while (point - zero < 9 && /\p{Nd}/u.test(String.fromCodePoint(zero - 1))) zero -= 1;
  return String(point - zero);
}

/** Each word with a capital first letter and small ones after it: `ANNA-MARIA` → `Anna-Maria`. */
export function capitalise(text: string): string {
  return text
    .toLowerCase()
    .replace(/(^|[^\p{L}\p{M}\p{N}'’])(\p{L})/gu, (_all, before: string, letter: string) => {
      return before + letter.toUpperCase();
    });
}

/** Applies normalisers in the order of their table; applying them again changes nothing. */
export function normalise(text: string, wanted: ReadonlySet<Normaliser>): string {
  let result = text;
  for (const name of normalisers) {
    if (wanted.has(name)) result = apply(result, name, wanted);
  }
  return result;
}

function apply(text: string, name: Normaliser, wanted: ReadonlySet<Normaliser>): string {
  switch (name) {
    case "nfkc":
      return text.normalize("NFKC");
    case "casefold": {
      // Folding may undo composition, so a text is composed again (Unicode D145).
      const folded = casefold(text);
      return wanted.has("nfkc") ? casefold(folded.normalize("NFKC")).normalize("NFKC") : folded;
    }
    case "ascii":
      return ascii(text);
    case "digits":
      return digits(text);
    case "trim":
      return text.trim();
  }
}

/**
 * Writes a value so that it stands for itself in a distinguished name (RFC 4514 §2.4): a name with
 * a comma in it never becomes two parts.
 */
export function escapeDn(value: string): string {
  const inner = value.replace(/["+,;<>\\=]/g, "\\$&").replaceAll("\u0000", "\\00");
  const ended = inner.endsWith(" ") ? `${inner.slice(0, -1)}\\ ` : inner;
  return /^[ #]/.test(ended) ? `\\${ended}` : ended;
}
