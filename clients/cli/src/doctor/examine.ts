import { Listr } from "listr2";
import type { Output } from "../output/output.js";
import type { Check, Finding } from "./finding.js";

export type Found = Finding & { readonly name: string };

/** Makes the checks one after the other; on a terminal each shows that it is at work. */
export async function examine(checks: readonly Check[], output: Output): Promise<readonly Found[]> {
  const found: Found[] = [];
  const run = async (check: Check): Promise<Found> => {
    const finding = { name: check.name, ...(await check.run()) };
    found.push(finding);
    return finding;
  };
  if (!output.isLively) {
    for (const check of checks) await run(check);
    return found;
  }
  const tasks = checks.map((check) => ({
    title: check.name,
    task: async (_context: unknown, task: { title?: string; skip(message?: string): void }) => {
      const finding = await run(check);
      const line = `${finding.name}: ${finding.said}`;
      if (finding.state === "ok") task.title = line;
      if (finding.state === "optional") task.skip(`${line} (${finding.todo ?? ""})`);
      if (finding.state === "missing") throw new Error(line);
    },
  }));
  await new Listr(tasks, {
    exitOnError: false,
    concurrent: false,
    registerSignalListeners: false,
    collectErrors: false,
  }).run();
  return found;
}

/** `ok        Node: 24.21.0`, and below what to do. */
export function findingLines({ name, state, said, todo }: Found): readonly string[] {
  const line = `${state.padEnd(8)}  ${name}: ${said}`;
  return todo && state !== "ok" ? [line, `          ${todo}`] : [line];
}
