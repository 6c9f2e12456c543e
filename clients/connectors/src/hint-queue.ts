import type { ChangeHint } from "./connector.js";

const anchorsMax = 1_000;

/**
 * Gathers what is heard until somebody asks: however much it was, and however long nobody asked,
 * it is one hint of bounded size.
 */
export class HintQueue {
  private readonly anchors = new Set<string>();
  private isMore = false;
  private failure: { readonly reason: unknown } | undefined;
  private wake: () => void = () => undefined;

  /** That something changed, and with its anchor where that is known. */
  add(anchor: string | undefined): void {
    if (anchor !== undefined && this.anchors.size < anchorsMax) this.anchors.add(anchor);
    else this.isMore = this.isMore || anchor === undefined || !this.anchors.has(anchor);
    this.wake();
  }

  /** Nothing will be heard any more; whoever asks from here on gets the reason. */
  fail(reason: unknown): void {
    this.failure ??= { reason };
    this.wake();
  }

  /** What was heard since the last call, waiting for something. Throws the reason of the end. */
  async next(): Promise<ChangeHint> {
    while (this.failure === undefined && this.anchors.size === 0 && !this.isMore) {
      await new Promise<void>((resolve) => { this.wake = resolve; });
    }
    if (this.failure !== undefined) throw this.failure.reason;
    const hint = { anchors: [...this.anchors], isMore: this.isMore };
    this.anchors.clear();
    this.isMore = false;
    return hint;
  }
}
