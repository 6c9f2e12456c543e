import { spawn, type ChildProcess } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { ChildOrder } from "./child.js";

/** A process of the kill tests, running our sources. */
export class Child {
  readonly #process: ChildProcess;
  /** How it ended. */
  readonly ended: Promise<{ code: number | null; signal: string | null }>;
  #output = "";

  constructor(order: ChildOrder) {
    const hooks = fileURLToPath(new URL("./from-source.mjs", import.meta.url));
    const script = fileURLToPath(new URL("./child.ts", import.meta.url));
    const flags = ["--conditions=joinery:source", "--import", hooks];
    this.#process = spawn(process.execPath, [...flags, script, JSON.stringify(order)], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    this.#process.stdout?.on("data", (chunk: Buffer) => (this.#output += chunk.toString()));
    this.ended = new Promise((resolve) => {
      this.#process.once("exit", (code, signal) => resolve({ code, signal }));
    });
  }

  /** Names of the points that the process knows. */
  get points(): readonly string[] {
    const [first] = this.#output.split("\n", 1);
    return first === undefined || first === "" ? [] : (JSON.parse(first) as string[]);
  }

  async stop(): Promise<void> {
    this.#process.stdin?.end("stop\n");
    const { code } = await this.ended;
    if (code !== 0) throw new Error(`the process ended with ${code}`);
  }

  kill(): void {
    this.#process.kill("SIGKILL");
  }
}
