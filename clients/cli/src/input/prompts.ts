import { createInterface } from "node:readline/promises";
import password from "@inquirer/password";
import { CliError, exitCodes } from "../failure.js";
import type { In, Surroundings } from "../surroundings.js";

/** Longest text that is read from stdin where one value is wanted. */
const stdinBytesMax = 1_048_576;

/** Asks without echo. Throws INPUT_MISSING where nobody can be asked. */
export async function askSecret(
  { stdin, stderr, interrupted }: Surroundings,
  message: string,
  instead: string,
): Promise<string> {
  mustBeTerminal(stdin, instead);
  return password(
    { message, mask: false, toggleMask: false },
    { input: stdin, output: stderr, signal: interrupted },
  );
}

/** Asks with echo. Throws INPUT_MISSING where nobody can be asked. */
export async function ask(
  { stdin, stderr, interrupted }: Surroundings,
  message: string,
  instead: string,
): Promise<string> {
  mustBeTerminal(stdin, instead);
  const lines = createInterface({ input: stdin, output: stderr });
  try {
    return (await lines.question(`${message} `, { signal: interrupted })).trim();
  } catch (error) {
    stderr.write("\n"); // The cursor stands behind the question.
    throw error;
  } finally {
    lines.close();
  }
}

/**
 * Whether the person means it. `isSaid` is the `--yes` of the command. Throws CONFIRMATION_REQUIRED
 * where nobody can be asked, and DECLINED.
 */
export async function confirm(
  surroundings: Surroundings,
  question: string,
  isSaid: boolean | undefined,
): Promise<void> {
  if (isSaid) return;
  if (!surroundings.stdin.isTTY) {
    throw new CliError("CONFIRMATION_REQUIRED", "say --yes to do this without being asked", {
      exitCode: exitCodes.usage,
    });
  }
  const answer = await ask(surroundings, `${question} [y/N]`, "--yes");
  if (!/^y(es)?$/i.test(answer)) throw new CliError("DECLINED", "nothing was done");
}

/** All of stdin as text, without the one line end that `echo` adds. */
export async function readStdin({ stdin, interrupted }: Surroundings): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  const stop = () => stdin.destroy(new Error("interrupted"));
  interrupted.addEventListener("abort", stop, { once: true });
  try {
    for await (const chunk of stdin as AsyncIterable<Buffer | string>) {
      const read = Buffer.from(chunk);
      bytes += read.length;
      if (bytes > stdinBytesMax) {
        throw new CliError("INPUT_TOO_LARGE", `stdin holds more than ${stdinBytesMax} bytes`);
      }
      chunks.push(read);
    }
  } finally {
    interrupted.removeEventListener("abort", stop);
  }
  interrupted.throwIfAborted();
  return Buffer.concat(chunks)
    .toString("utf8")
    .replace(/\r?\n$/, "");
}

function mustBeTerminal(stdin: In, instead: string): void {
  if (stdin.isTTY) return;
  throw new CliError("INPUT_MISSING", `nobody can be asked here: use ${instead}`, {
    exitCode: exitCodes.usage,
  });
}
