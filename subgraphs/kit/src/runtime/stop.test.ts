import { expect, test } from "vitest";
import { silentLog } from "../log.js";
import { StopList } from "./stop.js";

test("what was taken up last is put away first, once, also when a part fails", async () => {
  const order: string[] = [];
  const failures: unknown[] = [];
  const log = { ...silentLog, error: (_message: string, _error: unknown, fields?: object) => {
    failures.push(fields);
  } };
  const stops = new StopList(log);
  for (const name of ["pool", "server", "listener"]) {
    stops.add(name, () => {
      order.push(name);
      return name === "server" ? Promise.reject(new Error("stuck")) : Promise.resolve();
    });
  }
  expect(stops.isStopping).toBe(false);
  await Promise.all([stops.stop(), stops.stop()]);
  expect(stops.isStopping).toBe(true);
  expect(order).toEqual(["listener", "server", "pool"]);
  expect(failures).toEqual([expect.objectContaining({ part: "server" })]);
});
