/** Expected outcomes with their stable codes; `failure-modes.md` says more of each. */
export const refusals = {
  SIGN_IN_REFUSED: "e-mail, password or organisation is not right",
  TOO_MANY_ATTEMPTS: "too many failed attempts: wait before the next one",
  ORGANISATION_REQUIRED: "these credentials fit more than one organisation: name one",
  PASSWORD_TOO_SHORT: "a password has at least 15 characters",
  PASSWORD_TOO_LONG: "a password has at most 1,024 characters",
  PASSWORD_MALFORMED: "this password holds half a character, which no keyboard types",
  PASSWORD_GUESSABLE: "this password is easy to guess: take several unrelated words",
  PASSWORD_WRONG: "the current password is not right",
  PASSWORD_UNCHANGED: "the new password is the current one",
  EMAIL_INVALID: "this is no e-mail address that we can write to",
  NAME_INVALID: "a name has 1 to 200 characters, none of them a control character",
  SLUG_INVALID: "a slug has 1 to 63 of a–z, 0–9 and -; begins with a letter or digit",
  SLUG_TAKEN: "another organisation has this slug",
  PROVISIONING_RUNNING: "this organisation is being made right now",
  OPERATOR_EXISTS: "this person is an operator of the organisation already",
  OPERATOR_NOT_FOUND: "the organisation has no such operator",
  LAST_OWNER: "an organisation keeps at least one active owner",
  SECRET_NAME_INVALID: "a name has 1 to 63 of a–z, 0–9 and -; begins with a letter or digit",
  SECRET_EMPTY: "a secret is not empty",
  SECRET_TOO_LONG: "a secret has at most 65,536 bytes",
  SECRET_MALFORMED: "a secret is well-formed text: encode bytes as base64",
  SECRETS_TOO_MANY: "an organisation has at most 1,000 secrets",
  CLIENT_APPLICATION_NOT_FOUND: "the organisation has no such application that takes pushes",
  CLIENT_LIFE_INVALID: "a client lives for 1 to 730 days",
  CLIENT_NOT_FOUND: "the organisation has no such client",
  CLIENTS_TOO_MANY: "an organisation has at most 500 clients that are alive",
  SECRET_NOT_FOUND: "the organisation has no secret of this name",
  INITIAL_PASSWORD_NOT_FOUND: "no first password of this account waits to be taken",
} as const;
export type RefusalCode = keyof typeof refusals;

/** Neither message nor fields carry what was submitted. */
export interface Refusal {
  readonly code: RefusalCode;
  readonly message: string;
  /** With TOO_MANY_ATTEMPTS. */
  readonly retryAfterSeconds?: number;
  /** Slugs, with ORGANISATION_REQUIRED. */
  readonly organisations?: readonly string[];
}

export type Refused = { readonly ok: false; readonly error: Refusal };
export type Outcome<T> = { readonly ok: true; readonly value: T } | Refused;

export function accept<T>(value: T): { readonly ok: true; readonly value: T } {
  return { ok: true, value };
}

export function refuse(
  code: RefusalCode,
  more: Pick<Refusal, "retryAfterSeconds" | "organisations"> = {},
): Refused {
  return { ok: false, error: { code, message: refusals[code], ...more } };
}
