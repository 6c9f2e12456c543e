import { attemptKeyOf } from "../domain/attempt-key.js";
import { parseSlug } from "../domain/names.js";
import { accept, refuse, type Outcome } from "../domain/refusal.js";
import type { Secret } from "../domain/secret.js";
import { digestOfToken } from "../domain/session-token.js";
import { admitAttempt, type Admission } from "../domain/throttle.js";
import { endedSessionsKeptMs } from "./housekeeping.js";
import type { Credential, Deps } from "./ports.js";

/** Credentials that are tried when no organisation is named. */
export const credentialsMax = 8;

/** A credential that may be tried, and the counts that success wipes. */
export interface Candidate {
  readonly credential: Credential;
  readonly keys: readonly Buffer[];
}

/**
 * Which credentials may be tried now; the attempt is counted. Each organisation of a person has a
 * count of its own, whether the person belongs to it or not: a sign-in to one wipes nothing of
 * another, so that whoever owns one cannot guess on at another, nor learn whether there is one. A
 * known device is counted apart, for the organisation that it was in. Answers TOO_MANY_ATTEMPTS.
 *
 * | given        | tried                         | counted under                             |
 * | ------------ | ----------------------------- | ----------------------------------------- |
 * | nothing      | all but those held back       | address; address and organisation of each |
 * | organisation | the one there                 | address; address and organisation         |
 * | known device | the one where it was, unless  | device                                    |
 * |              | another organisation is given | (then as without a device)                |
 */
export async function admitSignIn(
  deps: Deps,
  emailKey: string,
  organisation: string | null,
  formerToken: Secret | null,
): Promise<Outcome<readonly Candidate[]>> {
  const digest = formerToken?.use(digestOfToken) ?? null;
  const since = new Date(deps.clock().getTime() - endedSessionsKeptMs);
  const former = digest && (await deps.sessions.findFormer(digest, emailKey, since));
  if (digest && former && (organisation ?? former.slug) === former.slug) {
    const found = await deps.credentials.find(emailKey, former.slug, 1);
    const key = attemptKeyOf("device", digest.toString("hex"));
    const admission = await count(deps, key, true);
    return admission.admitted ? accept(found.map((one) => toCandidate(one, key))) : held(admission);
  }
  if (organisation === null) return admitAll(deps, emailKey);
  return admitNamed(deps, emailKey, organisation);
}

async function admitNamed(
  deps: Deps,
  emailKey: string,
  slug: string,
): Promise<Outcome<readonly Candidate[]>> {
  const found = parseSlug(slug).ok ? await deps.credentials.find(emailKey, slug, 1) : [];
  const keys = [addressKey(emailKey), organisationKey(emailKey, slug)];
  for (const key of keys) {
    const admission = await count(deps, key, found.length > 0);
    if (!admission.admitted) return held(admission);
  }
  return accept(found.map((one) => toCandidate(one, ...keys)));
}

async function admitAll(deps: Deps, emailKey: string): Promise<Outcome<readonly Candidate[]>> {
  const found = await deps.credentials.find(emailKey, null, credentialsMax);
  const all = addressKey(emailKey);
  const admission = await count(deps, all, found.length > 0);
  if (!admission.admitted) return held(admission);
  const candidates: Candidate[] = [];
  let refusal: Admission | undefined;
  for (const credential of found) {
    const key = organisationKey(emailKey, credential.slug);
    const own = await count(deps, key, true);
    if (own.admitted) candidates.push(toCandidate(credential, all, key));
    else refusal = own;
  }
  return candidates.length === 0 && refusal ? held(refusal) : accept(candidates);
}

function count(deps: Deps, key: Buffer, known: boolean): Promise<Admission> {
  const now = deps.clock();
  return deps.attempts.begin(key, known, (before) => admitAttempt(before, now));
}

function held(admission: Admission) {
  const retryAfterSeconds = admission.admitted ? 1 : admission.retryAfterSeconds;
  return refuse("TOO_MANY_ATTEMPTS", { retryAfterSeconds });
}

function toCandidate(credential: Credential, ...keys: readonly Buffer[]): Candidate {
  return { credential, keys };
}

export function addressKey(emailKey: string): Buffer {
  return attemptKeyOf("email", emailKey);
}

export function organisationKey(emailKey: string, slug: string): Buffer {
  return attemptKeyOf("organisation", `${slug} ${emailKey}`);
}
