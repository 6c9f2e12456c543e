import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { ServerUser } from "../server-user.js";

/** Lets Node run our sources as they are: imports name `.js`, the files are `.ts`. */
const hooks = `
import { registerHooks } from "node:module";
registerHooks({
  resolve(name, context, next) {
    try { return next(name, context); } catch (error) {
      if (!name.startsWith(".") || !name.endsWith(".js")) throw error;
      return next(name.slice(0, -3) + ".ts", context);
    }
  },
});`;

export interface Child {
  readonly process: ChildProcess;
  /** The next line it printed, as JSON; what it said on stderr as an error when it ended first. */
  next(): Promise<Record<string, unknown>>;
  /** SIGKILL, and waits until it is gone. */
  kill(): Promise<void>;
}

/**
 * Runs a module in another Node process, in which `services` names the folder of our sources as
 * a URL, `quiet` is a log, and `print(value)` answers a line of JSON. It ends with us; another
 * `user` needs root.
 */
export function startChild(body: string, user?: ServerUser): Child {
  const program = `
    const services = ${JSON.stringify(new URL("..", import.meta.url).href)};
    const print = (value) => process.stdout.write(JSON.stringify(value) + "\\n");
    const quiet = { debug() {}, info() {}, warn() {}, error() {}, with: () => quiet };
    process.stdin.once("close", () => process.exit(1)).resume();
    process.stdin.unref();
    try { ${body} } catch (error) { print({ code: error.code, message: error.message }); }`;
  const hooksUrl = `data:text/javascript,${encodeURIComponent(hooks)}`;
  const args = ["--import", hooksUrl, "--input-type=module", "--eval", program];
  const child = spawn(process.execPath, args, {
    cwd: fileURLToPath(new URL("..", import.meta.url)),
    env: { PATH: process.env["PATH"], HOME: "/nonexistent" },
    stdio: ["pipe", "pipe", "pipe"],
    ...(user ? { uid: user.uid, gid: user.gid } : {}),
  });
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (said += text));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    process: child,
    async next() {
      const line = await lines.next();
      if (line.done) throw new Error(`the child ended without an answer: ${said}`);
      return JSON.parse(line.value) as Record<string, unknown>;
    },
    async kill() {
      const gone = once(child, "exit");
      if (child.exitCode === null && child.signalCode === null && child.kill("SIGKILL")) await gone;
    },
  };
}
