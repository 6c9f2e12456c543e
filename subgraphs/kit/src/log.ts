import { pino, type DestinationStream } from "pino";

/** Ids, counts, codes and durations; attribute values and secrets never. */
export type LogFields = Readonly<
  Record<string, string | number | boolean | null | undefined | readonly string[]>
>;

/**
 * Messages are constants, data goes into fields; `error` takes the thrown thing for its code and
 * stack.
 */
export interface Log {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, error: unknown, fields?: LogFields): void;
  with(fields: LogFields): Log;
}

export const logLevels = ["debug", "info", "warn", "error", "silent"] as const;
export type LogLevel = (typeof logLevels)[number];

export function createLog(
  options: { level: LogLevel; service: string; role: string },
  destination?: DestinationStream,
): Log {
  const base = { service: options.service, role: options.role, pid: process.pid };
  const settings = { level: options.level, base, timestamp: pino.stdTimeFunctions.isoTime };
  return wrap(destination ? pino(settings, destination) : pino(settings));
}

function wrap(logger: pino.Logger): Log {
  return {
    debug: (message, fields) => logger.debug(fields ?? {}, message),
    info: (message, fields) => logger.info(fields ?? {}, message),
    warn: (message, fields) => logger.warn(fields ?? {}, message),
    error: (message, error, fields) => logger.error({ ...fields, error: describe(error) }, message),
    with: (fields) => wrap(logger.child(fields)),
  };
}

/**
 * What may be said of a thrown thing. A PostgreSQL error's `detail`, `where` and `parameters` quote
 * values, so only its code, constraint and table are taken; of any error only name, code and stack
 * frames.
 */
function describe(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { name: typeof error };
  const known = error as Error &
    Partial<Record<"code" | "constraint" | "table" | "routine", string>>;
  return {
    name: error.name,
    code: known.code,
    constraint: known.constraint,
    table: known.table,
    message: "routine" in known ? undefined : error.message,
    stack: error.stack?.split("\n").filter((line) => line.startsWith("    at ")).join("\n"),
    cause: error.cause === undefined ? undefined : describe(error.cause),
  };
}

/** For tests and tools that must not print. */
export const silentLog: Log = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  with: () => silentLog,
};
