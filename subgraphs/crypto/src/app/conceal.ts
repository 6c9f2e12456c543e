import { Secret } from "../domain/secret.js";

/** What arrives as text and must not be shown, from its arrival on. */
export function conceal(plain: string): Secret {
  return new Secret(plain);
}
