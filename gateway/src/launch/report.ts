import type { Handed } from "./commands.js";
import type { StackEvent } from "./stack.js";
import type { Topology } from "./config.js";
import type { OwnerCredentials } from "./owner.js";

/** What the launcher says, as a person or as a program reads it. */
export interface Report {
  event(event: StackEvent): void;
  ready(ready: Ready): void;
  /** What a command made. */
  handed(handed: Handed): void;
  failed(code: string, message: string): void;
  stopping(): void;
  stopped(ms: number): void;
}

export interface Ready {
  readonly url: string;
  readonly topology: Topology;
  readonly ms: number;
  readonly pids: Readonly<Record<string, number>>;
  /** Made by this start. */
  readonly credentials: OwnerCredentials | null;
  readonly credentialsFile: string;
}

type Write = (text: string) => void;

/** The password is shown to a terminal only: what is written elsewhere may be kept. */
export function humanReport(write: Write, isTerminal: boolean): Report {
  const line = (name: string, text: string) => write(`  ${name.padEnd(20)} ${text}\n`);
  const shownOnce = (who: string, { credentials, file }: Handed) => {
    const { organisation, email, password } = credentials;
    write(`  ${`${who}:`.padEnd(13)} ${email} of ${organisation}\n`);
    if (isTerminal) write(`  password:     ${password}\n`);
    write(`  kept in:      ${file}\n`);
  };
  return {
    event: (event) => {
      if (event.kind === "started") return;
      if (event.kind === "ended") return line(event.name, ended(event));
      const detail = "detail" in event ? event.detail : `port ${event.port}`;
      return line(event.name, shown(event.ms, detail));
    },
    ready: ({ url, topology, ms, credentials, credentialsFile }) => {
      write(`Joinery is ready at ${url} (${topology}, ${seconds(ms)})\n`);
      if (credentials) shownOnce("first owner", { credentials, file: credentialsFile });
    },
    handed: (handed) => shownOnce("signs in", handed),
    failed: (code, message) => write(`${code}\n${message}\n`),
    stopping: () => write("stopping; once more to stop at once\n"),
    stopped: (ms) => write(`stopped in order (${seconds(ms)})\n`),
  };
}

/** One object a line. The password is in the file that `credentialsFile` names, not here. */
export function jsonReport(write: Write): Report {
  const line = (event: string, fields: object) => {
    write(`${JSON.stringify({ event, ...fields })}\n`);
  };
  return {
    event: ({ kind, ...fields }) => {
      if (kind === "started" && "mark" in fields) {
        line(kind, { name: fields.name, pid: fields.mark?.pid });
      } else {
        line(kind === "ready" ? "up" : kind, rounded(fields));
      }
    },
    ready: ({ credentials, ...fields }) => {
      line("ready", { ...rounded(fields), ownerMade: credentials !== null });
    },
    handed: ({ credentials: { organisation, email }, file }) => {
      line("handed", { organisation, email, credentialsFile: file });
    },
    failed: (code, message) => line("failed", { code, message }),
    stopping: () => line("stopping", {}),
    stopped: (ms) => line("stopped", rounded({ ms })),
  };
}

function ended(event: object): string {
  if (!("how" in event) || !("againInMs" in event)) return "ended; starting it again";
  return `ended (${String(event.how)}); starting it again in ${String(event.againInMs)} ms`;
}

function shown(ms: number, detail: string): string {
  return `${seconds(ms).padStart(7)}${detail ? `   ${detail}` : ""}`;
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(2)} s`;
}

function rounded<T extends object>(fields: T): T {
  return "ms" in fields ? { ...fields, ms: Math.round(Number(fields.ms)) } : fields;
}
