import type { Readable, Writable } from "node:stream";
import type { CliConfig } from "./config.js";

/** A stream that may be a terminal. */
export interface In extends Readable {
  readonly isTTY?: boolean;
}
export interface Out extends Writable {
  readonly isTTY?: boolean;
  readonly columns?: number | undefined;
}

/** Everything outside of the command line that it uses. */
export interface Surroundings {
  readonly config: CliConfig;
  readonly stdin: In;
  readonly stdout: Out;
  readonly stderr: Out;
  /** Given when the person presses Ctrl-C. */
  readonly interrupted: AbortSignal;
  readonly now: () => Date;
}
