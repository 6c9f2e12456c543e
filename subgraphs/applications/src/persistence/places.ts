/** Values of one statement, numbered as they come: what is submitted is never its text. */
export class Places {
  readonly values: unknown[] = [];

  /** `$n`, standing for the value. */
  at(value: unknown): string {
    return `$${this.values.push(value)}`;
  }
}
