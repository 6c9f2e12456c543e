/** So many may work at once; the others wait in line. */
export class Slots {
  private free: number;
  private readonly line: (() => void)[] = [];

  constructor(count: number) {
    this.free = count;
  }

  take(): Promise<void> | undefined {
    if (this.free > 0) {
      this.free -= 1;
      return undefined;
    }
    return new Promise((resolve) => { this.line.push(resolve); });
  }

  give(): void {
    const next = this.line.shift();
    if (next === undefined) this.free += 1;
    else next();
  }
}
