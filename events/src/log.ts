/** Ids, counts and codes; values of a payload never. */
export type EventLogFields = Readonly<
  Record<string, string | number | boolean | null | undefined | readonly string[]>
>;

/** What this package needs of a log; every service's structured log has this shape. */
export interface EventLog {
  debug(message: string, fields?: EventLogFields): void;
  info(message: string, fields?: EventLogFields): void;
  warn(message: string, fields?: EventLogFields): void;
  error(message: string, error: unknown, fields?: EventLogFields): void;
}
