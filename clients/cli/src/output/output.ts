import type { Out } from "../surroundings.js";
import { printableJson } from "./printable.js";
import { makeStyle, type Style } from "./style.js";

/** What a command has to say, for programs and for people; what is absent was said before. */
export interface Answer {
  readonly document?: unknown;
  readonly lines?: readonly string[];
  readonly exitCode?: number;
}

/** Where answers go: stdout for what was asked for, stderr for what is said on the way. */
export class Output {
  readonly isJson: boolean;
  /** Both a person and a terminal: bars may move. */
  readonly isLively: boolean;
  readonly style: Style;
  readonly #stdout: Out;
  readonly #stderr: Out;

  constructor(
    streams: { readonly stdout: Out; readonly stderr: Out },
    how: { readonly json: boolean; readonly color: boolean },
  ) {
    this.#stdout = streams.stdout;
    this.#stderr = streams.stderr;
    this.isJson = how.json;
    const isTerminal = this.#stdout.isTTY === true;
    this.isLively = isTerminal && !how.json;
    this.style = makeStyle(how.color && isTerminal && !how.json);
  }

  /** One document, or the lines. */
  answer({ document, lines = [] }: Answer): void {
    if (!this.isJson) for (const line of lines) this.#stdout.write(`${line}\n`);
    else if (document !== undefined) this.#stdout.write(`${printableJson(document, 2)}\n`);
  }

  /** One line of a stream of documents; people get `line`. */
  event(document: unknown, line: string): void {
    this.#stdout.write(this.isJson ? `${printableJson(document)}\n` : `${line}\n`);
  }

  /** What is said on the way, for people only. */
  note(line: string): void {
    if (!this.isJson) this.#stderr.write(`${line}\n`);
  }

  get stdout(): Out {
    return this.#stdout;
  }

  get stderr(): Out {
    return this.#stderr;
  }
}
