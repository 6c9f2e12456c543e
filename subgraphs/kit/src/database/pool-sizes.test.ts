import type {} from "../services/index.js";
import { expect, inject, test } from "vitest";
import { connectionsNeeded, poolSizesFor } from "./pool-sizes.js";
import { requireConnections } from "./require-connections.js";

test("six services with the smallest pools need sixty connections", () => {
  expect(connectionsNeeded(6, 2)).toBe(60);
  expect(connectionsNeeded(6, 5)).toBe(114);
});

test("what is kept open leaves room for the rest, however small the pools", () => {
  for (let size = 2; size <= 20; size += 1) {
    const { door, pulses, events } = poolSizesFor(size);
    expect(Math.min(door, pulses)).toBeGreaterThanOrEqual(2);
    expect(events).toBeGreaterThanOrEqual(3);
  }
});

test("a server that cannot hold them is refused with what to do", async () => {
  const url = inject("postgresUrl");
  await requireConnections(url, 10);
  await expect(requireConnections(url, 100_000)).rejects.toMatchObject({
    code: "DATABASE_CONNECTIONS_TOO_FEW",
    message: expect.stringContaining("JOINERY_POOL_SIZE"),
  });
});
