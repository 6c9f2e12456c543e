import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import type { ChangeHint } from "../connector.js";
import { reportOf } from "./changing.js";
import type { ContractWorld } from "./world.js";

/** Hints are heard well within what people call at once. */
const heardMsMax = 2_000;

/** Of a connector that can be told of changes rather than ask for them. */
export function listenPromises(ofWorld: () => ContractWorld): void {
  test("whoever listens hears of each change, and a report then tells what it was", async () => {
    const world = ofWorld();
    await using ear = await Ear.open(world);
    let { token } = await world.changes.begin(world.signal);
    for (let turn = 0; turn < 3; turn += 1) {
      const object = await world.create("user");
      await ear.hears(object.anchor);
      const report = await reportOf(world, token);
      const anchors = report.batches.flatMap((batch) =>
        batch.type === "objects" ? batch.objects.map((each) => each.anchor) : []);
      expect(anchors).toContain(object.anchor);
      ({ token } = report);
      await world.write([world.remove(object)]);
      await ear.hears(object.anchor);
    }
  });

  test("what happens while nobody asks is heard at once, in one hint", async () => {
    const world = ofWorld();
    await using ear = await Ear.open(world);
    const objects = [
      await world.create("user"), await world.create("user"), await world.create("user"),
    ];
    await sleep(200);
    const { anchors } = await ear.next();
    expect(anchors).toEqual(expect.arrayContaining(objects.map((each) => each.anchor)));
  });

  test("an abort ends the listening with the signal's reason", async () => {
    const world = ofWorld();
    const reason = new Error("the connector was changed");
    const controller = new AbortController();
    const hints = world.listens.listen(controller.signal)[Symbol.asyncIterator]();
    await hints.next();
    const waiting = hints.next();
    controller.abort(reason);
    await expect(waiting).rejects.toBe(reason);
    const early = world.listens.listen(AbortSignal.abort(reason))[Symbol.asyncIterator]();
    await expect(early.next()).rejects.toBe(reason);
  });
}

/** Somebody who listens. */
class Ear implements AsyncDisposable {
  private readonly hints: AsyncIterator<ChangeHint>;

  private constructor(hints: AsyncIterator<ChangeHint>) {
    this.hints = hints;
  }

  static async open(world: ContractWorld): Promise<Ear> {
    const ear = new Ear(world.listens.listen(world.signal)[Symbol.asyncIterator]());
    expect(await ear.next()).toEqual({ anchors: [], isMore: false });
    return ear;
  }

  async next(): Promise<ChangeHint> {
    const result = await this.hints.next();
    if (result.done === true) throw new Error("listening never ends by itself");
    return result.value;
  }

  async hears(anchor: string): Promise<void> {
    const began = performance.now();
    for (;;) {
      const { anchors, isMore } = await this.next();
      if (isMore || anchors.includes(anchor)) break;
    }
    expect(performance.now() - began).toBeLessThan(heardMsMax);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.hints.return?.();
  }
}
