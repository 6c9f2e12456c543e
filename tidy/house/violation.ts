/** A place where a rule of the house does not hold. */
export interface Violation {
  readonly rule: string;
  readonly path: string;
  /** From 1; 0 concerns the whole file. */
  readonly line: number;
  readonly message: string;
}

export function shown(violation: Violation): string {
  const where = violation.line > 0 ? `${violation.path}:${violation.line}` : violation.path;
  return `${where}  ${violation.rule}: ${violation.message}`;
}
