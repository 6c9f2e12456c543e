import type { StackEvent } from "@joinery/gateway/launch";

/** Which processes and servers are ready, by what the launcher tells. */
export class Processes {
  readonly #ready = new Set<string>();

  note(event: StackEvent): void {
    if (event.kind === "ready") this.#ready.add(event.name);
    else if (event.kind !== "step") this.#ready.delete(event.name);
  }

  /** Names of those that are dead, of which the launcher hears a little later, or not ready yet. */
  away(pids: Readonly<Record<string, number>>): string[] {
    return Object.entries(pids)
      .filter(([name, pid]) => !this.#ready.has(name) || !signal(pid, 0))
      .map(([name]) => name);
  }
}

/** False when there is no such process any more. */
export function signal(pid: number, name: NodeJS.Signals | 0): boolean {
  try {
    process.kill(pid, name);
    return true;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ESRCH") return false;
    throw error;
  }
}
