import { join } from "node:path";

/** Where a campaign and the processes that it kills meet: one folder, files written whole. */
export interface Meeting {
  /** A file for each point at which somebody is to die, named after the point. */
  readonly armed: string;
  /** An order that was carried out, named after its id. */
  readonly fired: string;
  /** What each life of a process has passed, named after process and id. */
  readonly lives: string;
}

export function meetingIn(folder: string): Meeting {
  const inside = (name: string) => join(folder, name);
  return { armed: inside("armed"), fired: inside("fired"), lives: inside("lives") };
}

/** Who comes to the point for the `nth` time in its life dies there. */
export interface Order {
  readonly id: string;
  readonly point: string;
  readonly nth: number;
}

/** What one life of a process had to say so far. */
export interface Life {
  readonly process: string;
  readonly pid: number;
  /** Every point of the code that it has loaded. */
  readonly points: readonly string[];
  /** How often it came to each. */
  readonly passed: Readonly<Record<string, number>>;
}
