import { readCliConfig } from "./config.js";
import { exitCodes } from "./failure.js";
import { joinery } from "./joinery.js";

/* The program behind bin/joinery.js. */

const interruption = new AbortController();
process.on("SIGINT", () => {
  // A second time: whatever does not listen is left.
  if (interruption.signal.aborted) process.exit(exitCodes.interrupted);
  interruption.abort();
});

// Whoever reads us may have seen enough, as `head` has.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  process.exit(error.code === "EPIPE" ? exitCodes.done : exitCodes.failed);
});

process.exitCode = await joinery(process.argv.slice(2), {
  config: readCliConfig(),
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  interrupted: interruption.signal,
  now: () => new Date(),
});
