import type { FailureCode } from "./model.js";

/**
 * Thrown inside the engine where one value of one object cannot be computed, and turned into a
 * `MapperFailure` at its border. Never leaves the package; the message never carries a value.
 */
export class ValueFailure extends Error {
  readonly code: FailureCode;

  constructor(code: FailureCode, message: string) {
    super(message);
    this.code = code;
  }
}

/** Throws what is not a `ValueFailure`: a broken promise of ours must not look like bad data. */
export function asValueFailure(error: unknown): ValueFailure {
  if (error instanceof ValueFailure) return error;
  throw error;
}
