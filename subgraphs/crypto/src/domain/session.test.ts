import { randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { assessSession, sessionIdleMs, sessionLifeMs } from "./session-life.js";
import { digestOfToken, toSessionToken } from "./session-token.js";

describe("session tokens", () => {
  it("carry their prefix, 32 bytes and a checksum", () => {
    const token = toSessionToken(randomBytes(32));
    expect(token).toMatch(/^jns_[A-Za-z0-9_-]{49}$/);
    expect(digestOfToken(token)).toHaveLength(32);
  });

  it("are refused without a look-up when any one character is another", () => {
    const token = toSessionToken(Buffer.alloc(32, 7));
    for (let i = 0; i < token.length; i += 1) {
      const forged = `${token.slice(0, i)}${token[i] === "A" ? "B" : "A"}${token.slice(i + 1)}`;
      expect(digestOfToken(forged), `character ${i}`).toBeNull();
    }
  });

  it.each(["", "jns_", "x".repeat(53), `jns_${"A".repeat(49)}`, `jns_${"A".repeat(100_000)}`])(
    "are not made of %.40j",
    (text) => {
      expect(digestOfToken(text)).toBeNull();
    },
  );
});

describe("assessSession", () => {
  const start = Date.parse("2026-11-21T08:00:00Z");
  const at = (ms: number) => new Date(start + ms);
  const times = { lastSeenAt: at(0), expiresAt: at(sessionLifeMs) };

  it("ends an unused session after an hour, to the millisecond", () => {
    expect(assessSession(times, at(sessionIdleMs - 1)).alive).toBe(true);
    expect(assessSession(times, at(sessionIdleMs)).alive).toBe(false);
  });

  it("ends a used session after twelve hours, to the millisecond", () => {
    const used = { ...times, lastSeenAt: at(sessionLifeMs - 1) };
    expect(assessSession(used, at(sessionLifeMs - 1)).alive).toBe(true);
    expect(assessSession(used, at(sessionLifeMs)).alive).toBe(false);
  });

  it("asks for use to be noted once a minute at most", () => {
    expect(assessSession(times, at(59_999))).toMatchObject({ noteUse: false });
    expect(assessSession(times, at(60_000))).toMatchObject({ noteUse: true });
  });

  it("never promises more than the twelve hours", () => {
    const late = { ...times, lastSeenAt: at(sessionLifeMs - 1000) };
    const life = assessSession(late, at(sessionLifeMs - 500));
    expect(life).toMatchObject({ until: at(sessionLifeMs) });
  });
});
