import { accept, refuse, type Outcome } from "./refusal.js";

const nameLengthMax = 200;
const slugPattern = /^[a-z0-9][a-z0-9-]{0,62}$/;

/** A name of an organisation or person, trimmed and composed. Answers NAME_INVALID. */
export function parseName(text: string): Outcome<string> {
  const name = text.trim().normalize("NFC");
  const clean = !/[\p{Cc}\p{Zl}\p{Zp}\p{Cs}]/u.test(name);
  const fits = clean && name !== "" && name.length <= nameLengthMax;
  return fits ? accept(name) : refuse("NAME_INVALID");
}

/** Answers SLUG_INVALID. */
export function parseSlug(text: string): Outcome<string> {
  return slugPattern.test(text) ? accept(text) : refuse("SLUG_INVALID");
}

/** Answers SECRET_NAME_INVALID. */
export function parseSecretName(text: string): Outcome<string> {
  return slugPattern.test(text) ? accept(text) : refuse("SECRET_NAME_INVALID");
}

/** A slug made of a name; `organisation` where nothing of the name can be kept. */
export function slugOf(name: string): string {
  const slug = name
    .normalize("NFKD")
    .replaceAll(/\p{M}/gu, "")
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^-+/g, "")
    .slice(0, 63)
    .replaceAll(/-+$/g, "");
  return slug === "" ? "organisation" : slug;
}
