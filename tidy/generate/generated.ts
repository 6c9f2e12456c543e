/** A file that is made from others, as it should be. */
export interface Generated {
  /** From the root of the repository. */
  readonly path: string;
  readonly text: string;
  /** What keeps it from being right; the file is still written. */
  readonly problems: readonly string[];
}
