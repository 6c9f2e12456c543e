import { assert, type Actor } from "@joinery/kit";
import { parseEmail } from "../domain/email.js";
import { isPlausiblePassword } from "../domain/password.js";
import { accept, refuse, type Outcome } from "../domain/refusal.js";
import { Secret } from "../domain/secret.js";
import { sessionIdleMs, sessionLifeMs } from "../domain/session-life.js";
import { digestOfToken, toSessionToken } from "../domain/session-token.js";
import { tokenRandomBytes } from "../domain/token.js";
import { admitSignIn, type Candidate } from "./admit-sign-in.js";
import { personActor } from "./person-actor.js";
import type { Caller, Credential, Deps } from "./ports.js";

export interface SignInInput {
  readonly email: string;
  readonly password: Secret;
  readonly organisation: string | null;
  /**
   * Token of an earlier session on this device, ended or not. Its failures are counted apart, so
   * that guessing from elsewhere does not make its owner wait; without `organisation` it stands
   * for the organisation of that session.
   */
  readonly formerToken: Secret | null;
}

export interface SignedIn {
  readonly token: Secret;
  readonly expiresAt: Date;
  readonly actor: Actor;
}

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
  const { organisation, formerToken, password } = input;
  const admitted = await admitSignIn(deps, email.value.key, organisation, formerToken);
  if (!admitted.ok) {
    deps.log.warn("sign-in held back", { requestId: by.requestId });
    return admitted;
  }
  const fitting = await fittingOf(deps, admitted.value, password);
  const [chosen, ...others] = fitting;
  if (!chosen) return refused(deps, by, admitted.value);
  await deps.attempts.succeed(fitting.flatMap(({ keys }) => keys));
  if (others.length > 0) {
    const organisations = fitting.map(({ credential }) => credential.slug);
    return refuse("ORGANISATION_REQUIRED", { organisations });
  }
  const signedIn = await openSession(deps, by, chosen.credential);
  if (!signedIn) return refused(deps, by, admitted.value);
  await renewHash(deps, chosen.credential, password);
  return accept(signedIn);
}

/** Hashes of operators who may not sign in are verified all the same. */
async function fittingOf(deps: Deps, candidates: readonly Candidate[], password: Secret) {
  if (candidates.length === 0) await deps.passwords.verifyNone(password);
  const fitting: Candidate[] = [];
  for (const candidate of candidates) {
    const { passwordHash, usable } = candidate.credential;
    const right = await deps.passwords.verify(passwordHash, password);
    if (right && usable) fitting.push(candidate);
  }
  return fitting;
}

async function refused(deps: Deps, by: Caller, candidates: readonly Candidate[]) {
  const refusal = refuse("SIGN_IN_REFUSED");
  const usable = candidates.map(({ credential }) => credential).filter((one) => one.usable);
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
): Promise<SignedIn | null> {
  const { tenant, operatorId } = credential;
  const now = deps.clock();
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
