/** A session lives this long at most. */
export const sessionLifeMs = 12 * 3_600_000;
/** And this long unused. */
export const sessionIdleMs = 3_600_000;
/** Use is written down no more often than this. */
export const seenEveryMs = 60_000;

/** How a session ended. After the first two its device still counts as known. */
export type SessionEnd = "signed-out" | "too-many" | "everywhere" | "password-changed" | "disabled";

export interface SessionTimes {
  readonly lastSeenAt: Date;
  readonly expiresAt: Date;
}

export type SessionLife =
  | { readonly alive: false }
  | { readonly alive: true; readonly until: Date; readonly noteUse: boolean };

/** The end itself is outside: at `expiresAt` a session is over. */
export function assessSession(times: SessionTimes, now: Date): SessionLife {
  const idleEnd = times.lastSeenAt.getTime() + sessionIdleMs;
  if (now >= times.expiresAt || now.getTime() >= idleEnd) return { alive: false };
  const noteUse = now.getTime() - times.lastSeenAt.getTime() >= seenEveryMs;
  const until = Math.min(times.expiresAt.getTime(), now.getTime() + sessionIdleMs);
  return { alive: true, until: new Date(until), noteUse };
}
