import { PassThrough, Writable } from "node:stream";
import { joinery, type Surroundings } from "@joinery/cli";

export interface Said {
  readonly exitCode: number;
  readonly out: string;
  readonly err: string;
}

export interface SayOptions {
  readonly stdin?: string;
  /** As `JOINERY_TOKEN` has it. */
  readonly token?: string;
  /** Output goes to a terminal of so many columns. */
  readonly columns?: number;
  /** Ctrl-C is pressed as soon as this stands on stderr. */
  readonly interruptAt?: RegExp;
}

/** A person with a home folder of their own, who calls `joinery` against one address. */
export class CommandLine {
  readonly sessionFile: string;
  readonly #url: string;
  readonly #dataFolder: string;

  constructor(url: string, home: string, dataFolder: string) {
    this.#url = url;
    this.#dataFolder = dataFolder;
    this.sessionFile = `${home}/joinery/session.json`;
  }

  async say(words: readonly string[], options: SayOptions = {}): Promise<Said> {
    const { stdin = "", token = null, columns, interruptAt } = options;
    const interruption = new AbortController();
    const out = new Screen(columns);
    const err = new Screen(columns, (text) => {
      if (interruptAt?.test(text)) interruption.abort();
    });
    const input = new PassThrough();
    input.end(stdin);
    const surroundings: Surroundings = {
      config: {
        url: this.#url,
        token,
        sessionFile: this.sessionFile,
        noColor: false,
        dataFolder: this.#dataFolder,
        path: "",
      },
      stdin: input,
      stdout: out,
      stderr: err,
      interrupted: interruption.signal,
      now: () => new Date(),
    };
    const exitCode = await joinery(words, surroundings);
    return { exitCode, out: out.text, err: err.text };
  }

  /** What `--json` says, which must be one document. Throws what stderr says on failure. */
  async document(words: readonly string[], options: SayOptions = {}): Promise<unknown> {
    const { exitCode, out, err } = await this.say([...words, "--json"], options);
    if (exitCode !== 0) throw new Error(`${words.join(" ")} ended with ${exitCode}: ${err}`);
    return JSON.parse(out);
  }
}

/** A terminal when it has columns. */
class Screen extends Writable {
  text = "";
  readonly columns: number | undefined;
  readonly isTTY: boolean;

  readonly #onText: (text: string) => void;

  constructor(columns: number | undefined, onText: (text: string) => void = () => undefined) {
    super();
    this.#onText = onText;
    this.columns = columns;
    this.isTTY = columns !== undefined;
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString("utf8");
    this.#onText(this.text);
    done();
  }
}
