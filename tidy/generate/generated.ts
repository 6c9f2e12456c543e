/** A file that is made from others, as it should be. */
export interface Generated {
  /** From the root of the repository. */
  readonly path: string;
  /** Absent when it cannot be made. */
  readonly text?: string | undefined;
  /** What keeps it from being right; the file is written all the same. */
  readonly problems: readonly string[];
}
