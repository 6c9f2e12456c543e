import type { ASTNode } from "@marcbachmann/cel-js";
import { addOffset, dayMs, parseMoment, parseOffset, type Moment, type Offset } from "../dates.js";
import { ValueFailure } from "../failure.js";
import { expectCount, expectLiteral } from "./calls.js";
import { compileNode, expectType, invalid, type Names } from "./compile.js";
import type { Frame } from "./frame.js";
import { asText } from "./functions.js";
import { ExpressionError, type Run, type Typed } from "./scope.js";
import { bool, int, text, type Runtime } from "./types.js";

/**
 * The only functions that know what time it is. Each notes when its answer will change. Days are
 * days in UTC.
 */
export const momentFunctions = {
  before: 'before(x) before(x, "-7d"): now comes before x, moved by an offset',
  after: 'after(x) after(x, "90d"): x, moved by an offset, has passed; a day passes as it ends',
  daysSince: "daysSince(x): whole days from x until now; negative before x",
} as const;

/** Throws ExpressionError. */
export function compileMoment(
  node: ASTNode,
  name: string,
  given: readonly ASTNode[],
  names: Names,
): Typed {
  expectCount(node, name, given, 1, name === "daysSince" ? 1 : 2);
  if (names.scope.timeless === true) throw invalid(node, `${name} is not for what never changes`);
  const subject = given[0] as ASTNode;
  const value = expectType(subject, compileNode(subject, names), text, `for ${name}`).run;
  if (name === "daysSince") return daysSince(value);
  const offset = given[1] === undefined ? undefined : readOffset(given[1], name);
  return { type: bool, run: name === "before" ? before(value, offset) : after(value, offset) };
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
    if (moment === null) return false;
    const turn = move(moment.at, offset);
    frame.dueAt(turn);
    return frame.now < turn;
  };
}

function after(value: Run, offset: Offset | undefined): Run {
  return (frame: Frame) => {
    const moment = read(value(frame));
    frame.spend(1);
    if (moment === null) return false;
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
