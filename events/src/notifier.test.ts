import type pg from "pg";
import { describe, expect, test, vi } from "vitest";
import { Notifier } from "./notifier.js";

/** Notes what is sent, and when; each takes 5 ms. */
function recorder() {
  const sent: { at: number; payloads: string[] }[] = [];
  const query = async (_text: string, values: readonly [string, string[]]) => {
    sent.push({ at: performance.now(), payloads: values[1] });
    await new Promise((resolve) => setTimeout(resolve, 5));
  };
  return { sent, pool: { query } as unknown as pg.Pool };
}

describe("a notifier", () => {
  test("sends the first at once, and what follows on it together, a while later", async () => {
    const { sent, pool } = recorder();
    const notifier = new Notifier(pool, "wake");
    notifier.notify("a");
    expect(sent).toHaveLength(1);
    for (const payload of ["b", "c", "b"]) notifier.notify(payload);
    await vi.waitFor(() => expect(sent).toHaveLength(2));
    expect(sent[1]?.payloads).toEqual(["b", "c"]);
    expect((sent[1]?.at ?? 0) - (sent[0]?.at ?? 0)).toBeGreaterThanOrEqual(45);
  });

  test("sends one that comes after a pause at once", async () => {
    const { sent, pool } = recorder();
    const notifier = new Notifier(pool, "wake");
    notifier.notify();
    await new Promise((resolve) => setTimeout(resolve, 80));
    notifier.notify();
    expect(sent).toHaveLength(2);
  });
});
