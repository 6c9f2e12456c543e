import { suggestion } from "../names.js";
import type { Problem } from "../model.js";

/** More are not reported: the first ones say enough. */
export const problemsMax = 500;

export const ruleProblemCodes = [
  /** Something has another JSON type than it must have, or is not there. */
  "RULE_SHAPE",
  /** A property that the format does not have. */
  "RULE_UNKNOWN_PROPERTY",
  /** One of a few words was expected. */
  "RULE_UNKNOWN_WORD",
  /** An id, key or name is not written as it must be, or has a meaning already. */
  "RULE_NAME_INVALID",
  "RULE_DUPLICATE_ID",
  "RULE_DUPLICATE_ATTRIBUTE",
  "RULE_DUPLICATE_CODE",
  /** A classification's code is not a whole number from 1 to 32767. */
  "RULE_CODE_INVALID",
  "RULE_UNKNOWN_APPLICATION",
  "RULE_UNKNOWN_KIND",
  "RULE_UNKNOWN_ATTRIBUTE",
  "RULE_UNKNOWN_VARIABLE",
  "RULE_UNKNOWN_FUNCTION",
  "RULE_EXPRESSION_INVALID",
  "RULE_EXPRESSION_TYPE",
  "RULE_EXPRESSION_TOO_LARGE",
  "RULE_PATTERN_INVALID",
  "RULE_OFFSET_INVALID",
  "RULE_DATE_FORMAT_INVALID",
  /** A mapper yields what its attribute cannot hold. */
  "RULE_VALUE_TYPE",
  /** An attribute that the system alone sets. */
  "RULE_READ_ONLY",
  /** Accounts cannot be found by values of this type. */
  "RULE_JOIN_TYPE",
  /** `otherwise: disable` without a rule that enables again. */
  "RULE_ENABLED_MISSING",
  /** More elements or bytes than a rule set may have. */
  "RULE_TOO_LARGE",
  "RULE_TOO_MANY_PROBLEMS",
] as const;
export type RuleProblemCode = (typeof ruleProblemCodes)[number];

/** A place in the rule set. */
export class Path {
  readonly pointer: string;

  constructor(pointer = "") {
    this.pointer = pointer;
  }

  /** RFC 6901 §3. */
  at(step: string | number): Path {
    const escaped = String(step).replaceAll("~", "~0").replaceAll("/", "~1");
    return new Path(`${this.pointer}/${escaped}`);
  }
}

/** Collects problems, and reads the shapes of JSON while it goes. */
export class Problems {
  readonly found: Problem[] = [];
  #dropped = false;

  add(code: RuleProblemCode, path: Path, message: string): void {
    if (this.found.length < problemsMax) {
      this.found.push({ code, path: path.pointer, message });
    } else if (!this.#dropped) {
      this.#dropped = true;
      const more = `more than ${problemsMax} problems; the rest is not listed`;
      this.found.push({ code: "RULE_TOO_MANY_PROBLEMS", path: "", message: more });
    }
  }

  /** A plain object with these properties only; undefined (and a problem) for anything else. */
  object(
    value: unknown,
    path: Path,
    known?: readonly string[],
  ): Readonly<Record<string, unknown>> | undefined {
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      this.shape(value, path, "an object");
      return undefined;
    }
    if (known !== undefined) {
      for (const name of Object.keys(value)) {
        if (known.includes(name)) continue;
        const offer = suggestion(name, known) || `; there is ${known.join(", ")}`;
        this.add("RULE_UNKNOWN_PROPERTY", path.at(name), `there is no "${name}" here${offer}`);
      }
    }
    return value as Readonly<Record<string, unknown>>;
  }

  list(value: unknown, path: Path, most: number): readonly unknown[] {
    if (!Array.isArray(value)) {
      this.shape(value, path, "a list");
      return [];
    }
    if (value.length <= most) return value;
    this.add("RULE_TOO_LARGE", path, `at most ${most} elements, not ${value.length}`);
    return value.slice(0, most);
  }

  optionalList(value: unknown, path: Path, most: number): readonly unknown[] {
    return value === undefined ? [] : this.list(value, path, most);
  }

  text(value: unknown, path: Path, most = 16_384): string | undefined {
    if (typeof value !== "string" || value.length > most || !value.isWellFormed()) {
      this.shape(value, path, `text of at most ${most} characters`);
      return undefined;
    }
    return value;
  }

  /** True also for what is left out. */
  flag(value: unknown, path: Path): boolean {
    if (value !== undefined && typeof value !== "boolean") this.shape(value, path, "true or false");
    return value === true;
  }

  word<W extends string>(value: unknown, path: Path, words: readonly W[]): W | undefined {
    if (words.includes(value as W)) return value as W;
    const offer = typeof value === "string" ? suggestion(value, words) : "";
    this.add("RULE_UNKNOWN_WORD", path, `must be one of ${words.join(", ")}${offer}`);
    return undefined;
  }

  shape(value: unknown, path: Path, wanted: string): void {
    const what = value === undefined ? "is missing; it" : `is ${jsonType(value)}; it`;
    this.add("RULE_SHAPE", path, `this ${what} must be ${wanted}`);
  }
}

function jsonType(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "a list";
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}
