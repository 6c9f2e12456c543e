import { accept, refuse, type Outcome } from "./refusal.js";
import type { Secret } from "./secret.js";

/** NIST SP 800-63B-4 §3.1.1.2: at least 15 where the password is the only factor. */
export const passwordLengthMin = 15;
export const passwordLengthMax = 1024;

/** Fewer different characters than this are a pattern, not a password. */
const differentCharactersMin = 6;

/** Long enough for the rule above, and still among the first that are tried. */
const common = [
  "passwordpassword", "password123456789", "administrator", "correcthorsebatterystaple",
  "qwertyuiopasdfghjklzxcvbnm", "1qaz2wsx3edc4rfv5tgb", "iloveyouiloveyou", "letmeinletmein",
  "welcomewelcome", "thequickbrownfox", "thequickbrownfoxjumpsoverthelazydog", "changemechangeme",
  "adminadminadmin", "qwertyqwertyqwerty", "abcdefghijklmnopqrstuvwxyz",
] as const;

/**
 * The form that is hashed: composed (NFC), every kind of space as a plain one (RFC 8265 §4.2.2), so
 * that the same keys give the same password on every machine. Nothing is cut.
 */
export function preparedPassword(plain: string): string {
  return plain.replaceAll(/\p{Zs}/gu, " ").normalize("NFC");
}

/** Whether it is worth hashing at all: others were never accepted. Bounded work. */
export function isPlausiblePassword(password: Secret): boolean {
  return password.use((plain) => plain.isWellFormed() && !isTooLong(plain));
}

/**
 * Length is counted in code points; no rules of composition, as §3.1.1.2 demands. What is known of
 * the person and the service may not be most of it. Answers PASSWORD_TOO_SHORT, PASSWORD_TOO_LONG,
 * PASSWORD_MALFORMED, PASSWORD_GUESSABLE.
 */
export function assessPassword(password: Secret, known: readonly string[]): Outcome<null> {
  return password.use((plain) => {
    if (isTooLong(plain)) return refuse("PASSWORD_TOO_LONG");
    // Half a surrogate pair has no UTF-8: two such passwords would have one hash.
    if (!plain.isWellFormed()) return refuse("PASSWORD_MALFORMED");
    const prepared = preparedPassword(plain);
    if (lengthOf(prepared) < passwordLengthMin) return refuse("PASSWORD_TOO_SHORT");
    return isGuessable(prepared, known) ? refuse("PASSWORD_GUESSABLE") : accept(null);
  });
}

function isTooLong(plain: string): boolean {
  if (plain.length > 4 * passwordLengthMax) return true;
  return lengthOf(preparedPassword(plain)) > passwordLengthMax;
}

function lengthOf(text: string): number {
  let length = 0;
  for (const _ of text) length += 1;
  return length;
}

function isGuessable(prepared: string, known: readonly string[]): boolean {
  const lower = prepared.toLowerCase();
  if (new Set(lower).size < differentCharactersMin) return true;
  const bare = lower.replaceAll(/[^\p{L}\p{N}]/gu, "");
  if (isPeriodic(bare) || isStaircase(bare)) return true;
  if (common.some((word) => bare.replaceAll(/[0-9]+$/g, "") === word || bare === word)) return true;
  const unknown = leftOver(bare, ["joinery", "password", ...known.flatMap(partsOf)]);
  return unknown < bare.length && unknown < passwordLengthMin / 2;
}

/** A short piece again and again. */
function isPeriodic(text: string): boolean {
  return text !== "" && (text + text).indexOf(text, 1) < text.length;
}

/** Each character follows the one before it: `abcdefghijklmnop`, `9876543210…`. */
function isStaircase(text: string): boolean {
  const steps = new Set<number>();
  for (let i = 1; i < text.length; i += 1) steps.add(text.charCodeAt(i) - text.charCodeAt(i - 1));
  return steps.size === 1;
}

function partsOf(text: string): string[] {
  return text.toLowerCase().split(/[^\p{L}\p{N}]+/u).filter((part) => part.length >= 4);
}

/** How much is left when everything that others know is taken away. */
function leftOver(text: string, known: readonly string[]): number {
  return known.reduce((rest, part) => rest.replaceAll(part, ""), text).length;
}
