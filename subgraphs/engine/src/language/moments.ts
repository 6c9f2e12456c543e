import type { ASTNode } from "@marcbachmann/cel-js";
import { addOffset, dateReader, dayMs, parseMoment, parseOffset } from "../dates.js";
import type { Moment, Offset } from "../dates.js";
import { ValueFailure } from "../failure.js";
import { expectCount, expectLiteral, expectType, invalid, type Names } from "./checks.js";
import type { Frame } from "./frame.js";
import { asText } from "./operators.js";
import { ExpressionError, type Run, type Typed } from "./scope.js";
import { bool, int, text, type Runtime } from "./types.js";

/**
 * The only functions that know what time it is. Each notes when its answer will change. Days are
 * days in UTC.
 */
export const momentFunctions = {
  before: "whether now comes before a date, moved by an offset such as -7d",
  after: "whether a date, moved by an offset such as 90d, has passed; a day passes as it ends",
  daysSince: "whole days from a date until now; negative before it",
} as const;

export function isMomentFunction(name: string): name is keyof typeof momentFunctions {
  return Object.hasOwn(momentFunctions, name);
}

/** Throws ExpressionError. */
export function compileMoment(
  node: ASTNode,
  name: keyof typeof momentFunctions,
  given: readonly ASTNode[],
  names: Names,
): Typed {
  expectCount(node, name, given, [1, name === "daysSince" ? 1 : 2], momentFunctions[name]);
  if (names.scope.timeless === true) throw invalid(node, `${name} is not for what never changes`);
  const subject = given[0] as ASTNode;
  const value = expectType(subject, names.compile(subject, names), text, `for ${name}`).run;
  if (name === "daysSince") return daysSince(value);
  const offset = given[1] === undefined ? undefined : readOffset(given[1], name);
  return { type: bool, run: name === "before" ? before(value, offset) : after(value, offset) };
}

/** Dates as HR systems write them, such as `date(account.born, "dd.MM.yyyy")`. */
export function compileDate(node: ASTNode, given: readonly ASTNode[], names: Names): Typed {
  expectCount(node, "date", given, [2, 2], "a date of a written format as yyyy-mm-dd");
  const [subject, formatNode] = given as readonly [ASTNode, ASTNode];
  const value = expectType(subject, names.compile(subject, names), text, "for date").run;
  const read = dateReader(expectLiteral(formatNode, "date"));
  if (read === undefined) {
    const message = "a date format is made of yyyy, MM or M, dd or d and what stands between them";
    throw new ExpressionError("RULE_DATE_FORMAT_INVALID", formatNode.start, message);
  }
  return {
    type: text,
    run: (frame) => {
      const found = value(frame);
      frame.spend(1);
      if (found === null) return null;
      const day = read(asText(found).trim());
      if (day !== undefined) return day;
      throw new ValueFailure("EXPRESSION_VALUE", "date() was given text of another format");
    },
  };
}

function readOffset(node: ASTNode, name: string): Offset {
  const offset = parseOffset(expectLiteral(node, name));
  if (offset !== undefined) return offset;
  throw new ExpressionError(
    "RULE_OFFSET_INVALID",
    node.start,
    'an offset is a number and h, d, w, m (months) or y, such as "90d" or "-2w"',
  );
}

function read(value: Runtime): Moment | null {
  if (value === null || value === "") return null;
  const moment = parseMoment(asText(value).trim());
  if (moment !== undefined) return moment;
  throw new ValueFailure("EXPRESSION_VALUE", "a date function was given what is no date");
}

function move(at: number, offset: Offset | undefined): number {
  return offset === undefined ? at : addOffset(at, offset);
}

function before(value: Run, offset: Offset | undefined): Run {
  return (frame: Frame) => {
    const moment = read(value(frame));
    frame.spend(1);
    if (moment === null) return null;
    const turn = move(moment.at, offset);
    frame.dueAt(turn);
    return frame.now < turn;
  };
}

function after(value: Run, offset: Offset | undefined): Run {
  return (frame: Frame) => {
    const moment = read(value(frame));
    frame.spend(1);
    if (moment === null) return null;
    const moved = move(moment.at, offset);
    const turn = moment.isDay ? moved + dayMs : moved;
    frame.dueAt(turn);
    return frame.now >= turn;
  };
}

function daysSince(value: Run): Typed {
  const daysFrom = (frame: Frame): number | null => {
    const moment = read(value(frame));
    frame.spend(1);
    return moment === null ? null : moment.at;
  };
  return {
    type: int,
    daysFrom,
    run: (frame) => {
      const from = daysFrom(frame);
      if (from === null) return null;
      const days = Math.floor((frame.now - from) / dayMs);
      frame.dueAt(from + (days + 1) * dayMs);
      return days;
    },
  };
}
