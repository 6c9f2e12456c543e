/** Milliseconds since 1970 in UTC, as `Date.parse` counts them. */
export type Millis = number;

export interface Moment {
  /** The instant, or midnight UTC at which the day begins. */
  readonly at: Millis;
  readonly isDay: boolean;
}

export const dayMs = 86_400_000;

const dayPattern = /^(\d{4})-(\d\d)-(\d\d)$/;
const instantPattern = /^(\d{4}-\d\d-\d\d)[Tt](\d\d):(\d\d):(\d\d)(\.\d+)?([Zz]|[+-]\d\d:\d\d)$/;

/** Reads a full-date or date-time of RFC 3339; undefined for anything else, also 30 February. */
export function parseMoment(text: string): Moment | undefined {
  const day = dayPattern.exec(text);
  if (day !== null) {
    const at = midnight(day[1] as string, day[2] as string, day[3] as string);
    return at === undefined ? undefined : { at, isDay: true };
  }
  const instant = instantPattern.exec(text);
  if (instant === null) return undefined;
  const date = parseMoment(instant[1] as string);
  if (date === undefined || Number(instant[2]) > 23) return undefined;
  const at = Date.parse(text.toUpperCase());
  return Number.isNaN(at) ? undefined : { at, isDay: false };
}

function midnight(year: string, month: string, day: string): Millis | undefined {
  const [y, m, d] = [Number(year), Number(month), Number(day)];
  // Date.UTC takes 0 to 99 for 1900 to 1999; no person's date lies there.
  const exists = y >= 100 && m >= 1 && m <= 12 && d >= 1 && d <= daysOf(y, m);
  return exists ? Date.UTC(y, m - 1, d) : undefined;
}

function daysOf(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

/** RFC 3339 in UTC with milliseconds, the form in which instants are stored. */
export function instantText(at: Millis): string {
  return new Date(at).toISOString();
}

/** A length of time as rule authors write it: `30d`, `-2w`, `3m` (months), `1y`, `12h`. */
export interface Offset {
  readonly months: number;
  readonly ms: number;
}

const offsetPattern = /^([+-]?)(\d{1,5})([hdwmy])$/;

export function parseOffset(text: string): Offset | undefined {
  const found = offsetPattern.exec(text);
  if (found === null) return undefined;
  const count = Number(found[2]) * (found[1] === "-" ? -1 : 1);
  switch (found[3]) {
    case "h":
      return { months: 0, ms: count * 3_600_000 };
    case "d":
      return { months: 0, ms: count * dayMs };
    case "w":
      return { months: 0, ms: count * 7 * dayMs };
    case "m":
      return { months: count, ms: 0 };
    default:
      return { months: count * 12, ms: 0 };
  }
}

/** Months end early where the day does not exist: 31 January and a month is 28 or 29 February. */
export function addOffset(at: Millis, offset: Offset): Millis {
  if (offset.months === 0) return at + offset.ms;
  const date = new Date(at);
  const day = date.getUTCDate();
  date.setUTCDate(1);
  date.setUTCMonth(date.getUTCMonth() + offset.months);
  const last = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate();
  date.setUTCDate(Math.min(day, last));
  return date.getTime();
}

const formatParts: Readonly<Record<string, string>> = {
  yyyy: "(?<year>\\d{4})",
  MM: "(?<month>\\d{2})",
  M: "(?<month>\\d{1,2})",
  dd: "(?<day>\\d{2})",
  d: "(?<day>\\d{1,2})",
};

/**
 * Reads dates of one format, made of `yyyy`, `MM` or `M`, `dd` or `d` (each once) and separators
 * that are no letters or digits; undefined for another format. The reader yields `yyyy-mm-dd`, or
 * undefined for text that is no date of the format.
 */
export function dateReader(format: string): ((text: string) => string | undefined) | undefined {
  if (format.length > 30 || !/^(?:[dMy]|[^\p{L}\p{N}])+$/u.test(format)) return undefined;
  const tokens = format.match(/d+|M+|y+|[^dMy]+/g) ?? [];
  let pattern = "";
  const seen: string[] = [];
  for (const token of tokens) {
    const part = formatParts[token];
    if (part === undefined && /[dMy]/.test(token)) return undefined;
    if (part !== undefined) seen.push(token.charAt(0));
    pattern += part ?? token.replace(/[^ ]/g, "\\$&");
  }
  if (seen.sort().join("") !== "Mdy") return undefined;
  const reader = new RegExp(`^${pattern}$`);
  return (text) => {
    const { year = "", month = "", day = "" } = reader.exec(text)?.groups ?? {};
    const iso = `${year}-${month.padStart(2, "0")}-${day.padStart(2, "0")}`;
    return parseMoment(iso) === undefined ? undefined : iso;
  };
}
