/**
 * Named places where a process may die: before and after each commit, publish, acknowledgement and
 * external write. Nothing happens there unless a fault campaign sets a handler, which may then kill
 * the process, wait or throw.
 */
export type PointHandler = (name: string) => void | Promise<void>;

const known = new Set<string>();
let handler: PointHandler | undefined;

/**
 * Registers the points of one module and returns the function that marks them:
 *
 * ```ts
 * const point = definePoints("relay.publish.before", "relay.publish.after");
 * await point("relay.publish.before");
 * ```
 *
 * Throws when a name is taken: a campaign counts on each name meaning one place.
 */
export function definePoints<const Name extends string>(
  ...names: readonly Name[]
): (name: Name) => void | Promise<void> {
  for (const name of names) {
    if (known.has(name)) throw new Error(`point ${name} is defined twice`);
    known.add(name);
  }
  return (name) => handler?.(name);
}

/** Sets what happens at every point of this process; `undefined` takes it away again. */
export function setPointHandler(next: PointHandler | undefined): void {
  handler = next;
}

/** The points of every module loaded so far, sorted. */
export function allPoints(): readonly string[] {
  return [...known].sort();
}
