import { JoineryApiError } from "@joinery/sdk";

/** What a process ends with; the same table stands in the README and in `joinery --help`. */
export const exitCodes = {
  done: 0,
  /** Refused, failed, or something is missing: the code on stderr says what. */
  failed: 1,
  /** The command or one of its options is not right. */
  usage: 2,
  /** No session, or it has ended. */
  signedOut: 3,
  /** The run that was followed failed or was discarded. */
  runFailed: 4,
  /** The run that was followed is held and waits for somebody. */
  runHeld: 5,
  /** Joinery does not answer. */
  unreachable: 6,
  interrupted: 130,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** An expected failure of the command line itself. The message carries no secret. */
export class CliError extends Error {
  readonly code: string;
  readonly exitCode: ExitCode;
  /** More lines for people, such as all problems behind one refusal. */
  readonly details: readonly string[];

  constructor(
    code: string,
    message: string,
    options: {
      readonly exitCode?: ExitCode;
      readonly details?: readonly string[];
      readonly cause?: unknown;
    } = {},
  ) {
    super(message, options.cause === undefined ? {} : { cause: options.cause });
    this.name = "CliError";
    this.code = code;
    this.exitCode = options.exitCode ?? exitCodes.failed;
    this.details = options.details ?? [];
  }
}

/** What is told of a failure, and what the process ends with. */
export interface Failure {
  readonly code: string;
  readonly message: string;
  readonly details: readonly string[];
  readonly exitCode: ExitCode;
}

const signedOut = new Set(["SESSION_INVALID", "UNAUTHENTICATED"]);
const unreachable = new Set(["NETWORK_FAILED", "REQUEST_TIMED_OUT", "SERVICE_UNREACHABLE"]);

/** Whatever was thrown, as a stable code and a sentence. */
export function toFailure(error: unknown): Failure {
  if (error instanceof CliError) {
    const { code, message, details, exitCode } = error;
    return { code, message, details, exitCode };
  }
  if (isInterruption(error)) {
    const message = "interrupted";
    return { code: "INTERRUPTED", message, details: [], exitCode: exitCodes.interrupted };
  }
  if (error instanceof JoineryApiError) return ofGraph(error);
  const message = error instanceof Error ? error.message : String(error);
  return { code: "INTERNAL", message, details: [], exitCode: exitCodes.failed };
}

function ofGraph(error: JoineryApiError): Failure {
  const { code, message, fields, requestId } = error;
  const details: string[] = [];
  const wait = fields["retryAfterSeconds"];
  if (wait !== undefined) details.push(`try again in ${String(wait)} s`);
  if (code === "INTERNAL" && requestId !== null) details.push(`the log names it ${requestId}`);
  if (signedOut.has(code)) {
    details.push("sign in with: joinery sign-in");
    return { code, message, details, exitCode: exitCodes.signedOut };
  }
  const exitCode = unreachable.has(code) ? exitCodes.unreachable : exitCodes.failed;
  if (unreachable.has(code)) details.push("ask what is missing with: joinery doctor");
  return { code, message, details, exitCode };
}

/** Ctrl-C, as our signal says it or as a prompt in raw mode does. */
function isInterruption(error: unknown): boolean {
  return (
    error instanceof Error &&
    ["AbortError", "ExitPromptError", "AbortPromptError"].includes(error.name)
  );
}
