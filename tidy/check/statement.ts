import { spawn } from "node:child_process";
import { repositoryRoot } from "../house/house.ts";

/** What a statement came to; `output` is shown when it failed. */
export interface Outcome {
  readonly ok: boolean;
  readonly output: string;
}

/** A sentence about the repository that a machine can prove wrong. */
export interface Statement {
  readonly name: string;
  /** Names of statements that must have ended before, whatever came of them. */
  readonly after?: readonly string[];
  readonly run: () => Promise<Outcome>;
}

/** Holds when every program ends with 0; the first that does not ends it. */
export function programs(...commands: readonly (readonly string[])[]): () => Promise<Outcome> {
  return async () => {
    for (const command of commands) {
      const outcome = await program(command);
      if (!outcome.ok) return outcome;
    }
    return { ok: true, output: "" };
  };
}

/** Programs of `node_modules/.bin` are on the PATH that `npm run` sets. */
function program([name = "", ...args]: readonly string[]): Promise<Outcome> {
  return new Promise((resolve) => {
    const child = spawn(name, args, { cwd: repositoryRoot, stdio: ["ignore", "pipe", "pipe"] });
    const chunks: Buffer[] = [];
    child.stdout.on("data", (chunk: Buffer) => chunks.push(chunk));
    child.stderr.on("data", (chunk: Buffer) => chunks.push(chunk));
    child.on("error", (error) => resolve({ ok: false, output: error.message }));
    child.on("close", (code) => {
      resolve({ ok: code === 0, output: Buffer.concat(chunks).toString("utf8") });
    });
  });
}
