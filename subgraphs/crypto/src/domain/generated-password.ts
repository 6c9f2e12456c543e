import { Secret } from "./secret.js";

const alphabet = "0123456789abcdefghjkmnpqrstvwxyz";
export const generatedPasswordBytes = 25;

/** Five groups of five characters, 125 random bits: easy to read out and to type. */
export function toGeneratedPassword(random: Uint8Array): Secret {
  const bytes = [...random.subarray(0, generatedPasswordBytes)];
  const characters = bytes.map((byte) => alphabet[byte & 31]);
  const groups = [0, 5, 10, 15, 20].map((at) => characters.slice(at, at + 5).join(""));
  return new Secret(groups.join("-"));
}
