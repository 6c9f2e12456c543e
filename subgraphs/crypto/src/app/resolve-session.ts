import type { Actor } from "@joinery/kit";
import { assessSession } from "../domain/session-life.js";
import { digestOfToken } from "../domain/session-token.js";
import { personActor } from "./person-actor.js";
import type { Deps } from "./ports.js";

/** The actor behind a token; null when it is malformed, unknown, over or revoked. */
export async function resolveSession(
  deps: Deps,
  token: string,
): Promise<{ readonly actor: Actor; readonly expiresAt: string } | null> {
  const digest = digestOfToken(token);
  const session = digest && (await deps.sessions.find(digest));
  if (!session) return null;
  const now = deps.clock();
  const life = assessSession(session, now);
  if (!life.alive) return null;
  if (life.noteUse) await deps.sessions.noteUse(session.id, now);
  return { actor: personActor(session), expiresAt: life.until.toISOString() };
}
