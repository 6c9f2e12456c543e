import { assert, type Actor } from "@joinery/kit";
import { attemptKeyOf } from "../domain/attempt-key.js";
import { parseEmail } from "../domain/email.js";
import { parseSlug } from "../domain/names.js";
import { isPlausiblePassword } from "../domain/password.js";
import { accept, refuse, type Outcome } from "../domain/refusal.js";
import { Secret } from "../domain/secret.js";
import { sessionIdleMs, sessionLifeMs } from "../domain/session-life.js";
import { digestOfToken, tokenRandomBytes, toSessionToken } from "../domain/session-token.js";
import { admitAttempt } from "../domain/throttle.js";
import { endedSessionsKeptMs } from "./housekeeping.js";
import { personActor } from "./person-actor.js";
import type { Caller, Credential, Deps } from "./ports.js";

export interface SignInInput {
  readonly email: string;
  readonly password: Secret;
  readonly organisation: string | null;
  /**
   * Token of an earlier session on this device, ended or not. Its failures are counted apart, so
   * that guessing from elsewhere does not make its owner wait.
   */
  readonly formerToken: Secret | null;
}

export interface SignedIn {
  readonly token: Secret;
  readonly expiresAt: Date;
  readonly actor: Actor;
}

/** Credentials that are tried when no organisation is named. */
const credentialsMax = 8;

/** Refusals take at least this long, so that time does not tell what was refused. */
const refusalFloorMs = 400;

/**
 * One answer, the same work and the same time for an unknown address, a wrong password, a disabled
 * operator and an organisation that is not active: SIGN_IN_REFUSED. Others: TOO_MANY_ATTEMPTS,
 * ORGANISATION_REQUIRED (after the right password only).
 */
export async function signIn(
  deps: Deps,
  by: Caller,
  input: SignInInput,
): Promise<Outcome<SignedIn>> {
  const waited = deps.stopwatch();
  const outcome = await attempt(deps, by, input);
  if (!outcome.ok && outcome.error.code === "SIGN_IN_REFUSED") await waited(refusalFloorMs);
  return outcome;
}

async function attempt(deps: Deps, by: Caller, input: SignInInput): Promise<Outcome<SignedIn>> {
  const email = parseEmail(input.email);
  if (!email.ok || !isPlausiblePassword(input.password)) return refuse("SIGN_IN_REFUSED");
  if (!deps.passwords.hasRoom()) return refuse("TOO_MANY_ATTEMPTS", { retryAfterSeconds: 1 });
  const now = deps.clock();
  const found = await findCredentials(deps, email.value.key, input.organisation);
  const key = await attemptKey(deps, email.value.key, input.formerToken, now);
  const admission = await deps.attempts.begin(key, found.length > 0, (before) =>
    admitAttempt(before, now),
  );
  if (!admission.admitted) {
    deps.log.warn("sign-in held back", { requestId: by.requestId });
    return refuse("TOO_MANY_ATTEMPTS", { retryAfterSeconds: admission.retryAfterSeconds });
  }
  const fitting = await verifyEach(deps, found, input.password);
  const [credential, ...others] = fitting;
  if (!credential) return refused(deps, by, found);
  await deps.attempts.succeed(key);
  if (others.length > 0) {
    return refuse("ORGANISATION_REQUIRED", { organisations: fitting.map(({ slug }) => slug) });
  }
  const signedIn = await openSession(deps, by, credential, now);
  if (!signedIn) return refused(deps, by, found);
  await renewHash(deps, credential, input.password);
  return accept(signedIn);
}

async function findCredentials(deps: Deps, emailKey: string, organisation: string | null) {
  const slug = organisation === null ? accept(null) : parseSlug(organisation);
  return slug.ok ? deps.credentials.find(emailKey, slug.value, credentialsMax) : [];
}

async function attemptKey(deps: Deps, emailKey: string, former: Secret | null, now: Date) {
  const digest = former?.use(digestOfToken) ?? null;
  const since = new Date(now.getTime() - endedSessionsKeptMs);
  if (digest && (await deps.sessions.isFormer(digest, emailKey, since))) {
    return attemptKeyOf("device", digest.toString("hex"));
  }
  return attemptKeyOf("email", emailKey);
}

/** Hashes of operators who may not sign in are verified all the same. */
async function verifyEach(deps: Deps, found: readonly Credential[], password: Secret) {
  if (found.length === 0) await deps.passwords.verifyNone(password);
  const fitting: Credential[] = [];
  for (const credential of found) {
    const right = await deps.passwords.verify(credential.passwordHash, password);
    if (right && credential.usable) fitting.push(credential);
  }
  return fitting;
}

async function refused(deps: Deps, by: Caller, found: readonly Credential[]) {
  const refusal = refuse("SIGN_IN_REFUSED");
  const usable = found.filter((credential) => credential.usable);
  for (const { tenant, operatorId: id } of usable) {
    const target = { kind: "operator", id } as const;
    const action = { tenant, action: "session.open", target, refusal: refusal.error.code };
    await deps.recorder.write(await deps.recorder.prepare(by, action));
  }
  deps.log.warn("sign-in refused", { requestId: by.requestId, recorded: usable.length });
  return refusal;
}

/** Null when the operator was disabled or got another password in between. */
async function openSession(
  deps: Deps,
  by: Caller,
  credential: Credential,
  now: Date,
): Promise<SignedIn | null> {
  const { tenant, operatorId } = credential;
  const plain = toSessionToken(deps.random(tokenRandomBytes));
  const tokenHash = digestOfToken(plain);
  assert(tokenHash !== null, "a token of ours is well-formed");
  const id = deps.newId();
  const actor = personActor({ ...credential, id });
  const trail = await deps.recorder.prepare({ ...by, actor }, {
    tenant,
    action: "session.open",
    target: { kind: "operator", id: operatorId },
    after: { session: id },
  });
  const expiresAt = new Date(now.getTime() + sessionLifeMs);
  const times = { createdAt: now, lastSeenAt: now, expiresAt };
  const session = { id, tokenHash, operatorId, tenant, ...times };
  if (!(await deps.sessions.add(session, credential.passwordHash, trail))) return null;
  const until = new Date(now.getTime() + Math.min(sessionLifeMs, sessionIdleMs));
  return { token: new Secret(plain), expiresAt: until, actor };
}

/** Old parameters, or those of another release, end with the next sign-in. */
async function renewHash(deps: Deps, credential: Credential, password: Secret): Promise<void> {
  const { tenant, operatorId, passwordHash } = credential;
  if (!deps.passwords.isOutdated(passwordHash)) return;
  const renewed = await deps.passwords.hash(password);
  await deps.credentials.rehash(tenant, operatorId, passwordHash, renewed);
}
