import { guardClasses, type AttributeSchema, type GuardClass } from "@joinery/engine";
import type { ExportPolicy } from "./export-policy.js";

/**
 * One thing that is wrong with what was submitted; `setting` is its path, dots between the parts.
 */
export interface Problem {
  readonly setting: string;
  readonly message: string;
}

const keyPattern = /^[a-z][a-z0-9-]{0,62}$/;

export function keyProblems(key: string): Problem[] {
  if (keyPattern.test(key)) return [];
  const message = "has 1 to 63 of a–z, 0–9 and -, and begins with a letter";
  return [{ setting: "key", message }];
}

export function nameProblems(name: string): Problem[] {
  const isGood = name.trim() !== "" && name.length <= 200 && !/\p{Cc}/u.test(name);
  return isGood ? [] : [{ setting: "name", message: "has 1 to 200 characters, none of control" }];
}

export function protectedProblems(names: readonly string[]): Problem[] {
  const isGood =
    names.length <= 1_000 && names.every((each) => each !== "" && each.length <= 2_000);
  const message = "holds at most 1,000 names or anchors of 1 to 2,000 characters";
  return isGood ? [] : [{ setting: "protectedNames", message }];
}

const limitFields: Readonly<Record<string, number>> = {
  least: 1e9, most: 1e9, sharePercent: 100, halfPercent: 100,
};

/** Limits of the guard, as `{class: {least, most, sharePercent, halfPercent}}`. */
export function limitProblems(limits: unknown): Problem[] {
  if (!isRecord(limits)) return [{ setting: "limits", message: "is an object" }];
  return Object.entries(limits).flatMap(([name, limit]) => {
    const setting = `limits.${name}`;
    if (!guardClasses.includes(name as GuardClass)) {
      return [{ setting, message: `is none of ${guardClasses.join(", ")}` }];
    }
    if (!isRecord(limit)) return [{ setting, message: "is an object" }];
    return Object.entries(limit).flatMap(([field, value]) => {
      const most = Object.hasOwn(limitFields, field) ? limitFields[field] : undefined;
      const at = `${setting}.${field}`;
      if (most === undefined) return [{ setting: at, message: "is not a limit" }];
      return isWithin(value, 0, most) ? [] : [{ setting: at, message: `is from 0 to ${most}` }];
    });
  });
}

const policyChecks: Readonly<Record<keyof ExportPolicy, (value: unknown) => string | undefined>> = {
  ratePerSecond: (value) => (isWithin(value, 0.01, 1e6) ? undefined : "is from 0.01 to 1,000,000"),
  references: (value) =>
    value === "name" || value === "anchor" ? undefined : "is name or anchor",
  initialPasswords: (value) => (typeof value === "boolean" ? undefined : "is true or false"),
  fourEyes: (value) => (typeof value === "boolean" ? undefined : "is true or false"),
  proposalDays: (value) => (isWithin(value, 1, 365) ? undefined : "is from 1 to 365"),
  attemptsMax: (value) =>
    isWithin(value, 1, 1_000) && Number.isInteger(value) ? undefined : "is from 1 to 1,000",
  backoffMs: (value) => (isWithin(value, 1, 3_600_000) ? undefined : "is from 1 to 3,600,000"),
  quarantineAfter: (value) =>
    isWithin(value, 1, 1_000) && Number.isInteger(value) ? undefined : "is from 1 to 1,000",
  backoffMaxMs: (value) => (isWithin(value, 1, 86_400_000) ? undefined : "is from 1 to 86,400,000"),
};

export function exportPolicyProblems(policy: unknown): Problem[] {
  if (!isRecord(policy)) return [{ setting: "exportPolicy", message: "is an object" }];
  return Object.entries(policy).flatMap(([field, value]) => {
    const setting = `exportPolicy.${field}`;
    if (!Object.hasOwn(policyChecks, field)) return [{ setting, message: "is not a setting" }];
    const message = policyChecks[field as keyof ExportPolicy](value);
    return message === undefined ? [] : [{ setting, message }];
  });
}

const types = new Set([
  "string", "boolean", "integer", "decimal", "instant", "date", "binary", "reference",
]);
const flags = new Set(["many", "ordered", "caseIgnore", "required", "readOnly", "naming"]);

/** An operator's description of attributes, as `{user: [attribute], group: [attribute]}`. */
export function schemaProblems(schema: unknown): Problem[] {
  if (!isRecord(schema)) return [{ setting: "schema", message: "is an object" }];
  return Object.entries(schema).flatMap(([kind, attributes]) => {
    const setting = `schema.${kind}`;
    if (kind !== "user" && kind !== "group") return [{ setting, message: "is user or group" }];
    if (!Array.isArray(attributes)) return [{ setting, message: "is a list" }];
    return attributes.flatMap((each: unknown, at) => attributeProblems(`${setting}.${at}`, each));
  });
}

function attributeProblems(setting: string, attribute: unknown): Problem[] {
  if (!isRecord(attribute)) return [{ setting, message: "is an object" }];
  const { name, type, ...rest } = attribute as Partial<AttributeSchema>;
  const problems: Problem[] = [];
  if (typeof name !== "string" || name === "" || name === "__proto__") {
    problems.push({ setting: `${setting}.name`, message: "is the name of an attribute" });
  }
  if (type !== undefined && !types.has(type)) {
    problems.push({ setting: `${setting}.type`, message: `is one of ${[...types].join(", ")}` });
  }
  for (const [flag, value] of Object.entries(rest)) {
    const isGood = flags.has(flag) && typeof value === "boolean";
    if (!isGood) problems.push({ setting: `${setting}.${flag}`, message: "is no such flag" });
  }
  return problems;
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isWithin(value: unknown, least: number, most: number): boolean {
  return typeof value === "number" && value >= least && value <= most;
}
