/** What one check found. */
export interface Finding {
  /** `missing` counts; `optional` is good to know and harms nothing. */
  readonly state: "ok" | "missing" | "optional";
  readonly said: string;
  /** What to do about it. */
  readonly todo?: string;
}

/** One thing that has to be there, or may be. */
export interface Check {
  readonly name: string;
  run(): Promise<Finding>;
}

export function ok(said: string): Finding {
  return { state: "ok", said };
}

export function missing(said: string, todo: string): Finding {
  return { state: "missing", said, todo };
}

export function optional(said: string, todo: string): Finding {
  return { state: "optional", said, todo };
}
