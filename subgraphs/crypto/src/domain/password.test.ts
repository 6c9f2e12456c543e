import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { assessPassword, isPlausiblePassword, preparedPassword } from "./password.js";
import { generatedPasswordBytes, toGeneratedPassword } from "./generated-password.js";
import { Secret } from "./secret.js";

function assess(plain: string, known: readonly string[] = []): string {
  const outcome = assessPassword(new Secret(plain), known);
  return outcome.ok ? "OK" : outcome.error.code;
}

describe("assessPassword", () => {
  it("counts code points: fifteen are enough, fourteen are not, whatever they are", () => {
    expect(assess("qwzxvbnmlkjhg1d")).toBe("OK");
    expect(assess("qwzxvbnmlkjhg1")).toBe("PASSWORD_TOO_SHORT");
    expect(assess("🐙🦑🦐🦞🦀🐡🐠🐟🐬🐳🐋🦈🐊🐅🐆")).toBe("OK");
    expect(assess("🐙🦑🦐🦞🦀🐡🐠🐟🐬🐳🐋🦈🐊🐅")).toBe("PASSWORD_TOO_SHORT");
  });

  it("takes 1,024 characters and refuses 1,025, surrogate pairs counted once", () => {
    const long = Array.from({ length: 1024 }, (_, i) => ((i * i) % 36).toString(36)).join("");
    expect(assess(long)).toBe("OK");
    expect(assess(`${long}?`)).toBe("PASSWORD_TOO_LONG");
    const animals = [..."🐙🦑🦐🦞🦀🐡🐠🐟🐬🐳🐋"];
    const wide = Array.from({ length: 1024 }, (_, i) => animals[(i * i) % 11]).join("");
    expect(assess(wide)).toBe("OK");
    expect(assess(`${wide}x`)).toBe("PASSWORD_TOO_LONG");
    expect(isPlausiblePassword(new Secret("x".repeat(10_000_000)))).toBe(false);
  });

  it.each([
    "aaaaaaaaaaaaaaaaaaaa", "abababababababababab", "abcdefghijklmnopqrs", "98765432109876543210",
    "passwordpassword", "Password Password 2026", "correct horse battery staple",
    "joineryjoinery12",
    "abcabcabcabcabcabc", "qwertyuiopasdfghjklzxcvbnm",
  ])("refuses %j, which is among the first that are tried", (plain) => {
    expect(assess(plain)).toBe("PASSWORD_GUESSABLE");
  });

  it("refuses what is mostly the address, the name or the organisation", () => {
    const known = ["ann.whitfield@whitfield.example", "Ann Whitfield", "Whitfield and Sons"];
    expect(assess("whitfield.example1", known)).toBe("PASSWORD_GUESSABLE");
    expect(assess("Ann-Whitfield-2026", known)).toBe("PASSWORD_GUESSABLE");
    expect(assess("seven purple bicycles", known)).toBe("OK");
  });

  it("refuses half a surrogate pair, for two of them would be one password", () => {
    expect(assess("seven purple bicycles \ud800")).toBe("PASSWORD_MALFORMED");
    expect(isPlausiblePassword(new Secret("seven purple bicycles \ud801"))).toBe(false);
  });

  it("demands no kinds of characters", () => {
    expect(assess("only lower case words here")).toBe("OK");
  });
});

describe("preparedPassword", () => {
  it("is the same however the keyboard composes a letter or types a space", () => {
    expect(preparedPassword("se\u0301same ouvre-toi")).toBe(
      preparedPassword("s\u00e9same\u00a0ouvre-toi"),
    );
  });

  it("cuts and trims nothing", () => {
    const plain = ` ${"x".repeat(2000)} `;
    expect(preparedPassword(plain)).toBe(plain);
  });
});

describe("toGeneratedPassword", () => {
  it("holds 125 bits in groups and passes our own rules", () => {
    const random = Buffer.from(Array.from({ length: generatedPasswordBytes }, (_, i) => i * 7 + 3));
    const plain = toGeneratedPassword(random).use((text) => text);
    expect(plain).toMatch(/^([0-9a-hjkmnp-tv-z]{5}-){4}[0-9a-hjkmnp-tv-z]{5}$/);
    expect(assess(plain)).toBe("OK");
  });
});

describe("Secret", () => {
  it("shows itself in no way of printing", () => {
    const secret = new Secret("planted");
    const shown = [
      String(secret), `${secret}`, JSON.stringify({ secret }), inspect(secret), inspect({ secret }),
      inspect(secret, { showHidden: true, depth: 9 }), Object.values(secret).join(""),
    ];
    for (const text of shown) expect(text).not.toContain("planted");
    expect(secret.use((plain) => plain)).toBe("planted");
  });
});
