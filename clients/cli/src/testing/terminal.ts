import { PassThrough, Writable } from "node:stream";
import type { CliConfig } from "../config.js";
import { joinery } from "../joinery.js";
import type { Surroundings } from "../surroundings.js";

export interface Said {
  readonly exitCode: number;
  readonly out: string;
  readonly err: string;
}

/** Runs one command line in this process, as a script would: no stream is a terminal. */
export async function say(
  words: readonly string[],
  config: Partial<CliConfig> = {},
  stdin = "",
): Promise<Said> {
  const [out, err] = [new Collector(), new Collector()];
  const input = new PassThrough();
  input.end(stdin);
  const surroundings: Surroundings = {
    config: {
      url: null,
      token: null,
      sessionFile: "nowhere/session.json",
      noColor: false,
      dataFolder: "nowhere",
      path: "",
      ...config,
    },
    stdin: input,
    stdout: out,
    stderr: err,
    interrupted: new AbortController().signal,
    now: () => new Date("2026-11-21T08:00:00Z"),
  };
  const exitCode = await joinery(words, surroundings);
  return { exitCode, out: out.text, err: err.text };
}

class Collector extends Writable {
  text = "";

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString("utf8");
    done();
  }
}
