import { ConnectorError } from "../connector.js";
import { isObject } from "../http/json.js";

/** What is put into a request: texts by their names, or several of one name. */
export type TemplateValues = Readonly<Record<string, string | readonly string[]>>;

/** How a value is put into a query that has a language of its own. */
const forms: Readonly<Record<string, (text: string) => string>> = {
  /** In single quotes, those within doubled, as OData and SQL have it. */
  doubled: (text) => `'${text.replaceAll("'", "''")}'`,
  /** A JSON string, quotes and all. */
  json: (text) => JSON.stringify(text),
  /** As it is, where it has no sign that could mean something. */
  plain: (text) => {
    if (/^[\w.~@-]+$/.test(text)) return text;
    throw invalid("has signs that the query cannot hold");
  },
};

const slot = /\{([A-Za-z]+)(?::([A-Za-z]+))?\}/g;

/** The text with its slots filled. Throws `VALUE_INVALID` for what cannot stand there. */
export function fillText(template: string, values: TemplateValues): string {
  return template.replaceAll(slot, (_all, name: string, form: string | undefined) => {
    const text = textFor(name, values);
    return form === undefined ? text : forms[form]?.(text) ?? text;
  });
}

/** The parts of a path; what is filled in stays within its part. */
export function fillPath(template: string, values: TemplateValues): readonly string[] {
  return template.split("/").slice(1).map((part) => fillText(part, values));
}

export function fillQuery(
  template: Readonly<Record<string, string>>, values: TemplateValues,
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(template).map(([name, text]) => [name, fillText(text, values)]),
  );
}

/** The JSON with each `{"$value": "name"}` replaced by the value, as a JSON value. */
export function fillJson(template: unknown, values: TemplateValues): unknown {
  if (Array.isArray(template)) return template.map((each) => fillJson(each, values));
  if (!isObject(template)) return template;
  const name = slotOf(template);
  if (name !== undefined) return values[name] ?? textFor(name, values);
  return Object.fromEntries(
    Object.entries(template).map(([key, each]) => [key, fillJson(each, values)]),
  );
}

/** Names of slots in JSON. */
export function slotsIn(template: unknown): readonly string[] {
  if (Array.isArray(template)) return template.flatMap((each) => slotsIn(each));
  if (!isObject(template)) return [];
  const name = slotOf(template);
  return name === undefined ? Object.values(template).flatMap((each) => slotsIn(each)) : [name];
}

/** What is wrong with a path; undefined where nothing is. */
export function pathProblem(template: string, names: readonly string[]): string | undefined {
  const parts = template.split("/");
  const bare = parts.slice(1).map((part) => part.replaceAll(slot, "x"));
  const isPath = parts[0] === "" && bare.length > 0
    && bare.every((part) => /^[\w.~!$'()*+,;=:@-]+$/.test(part) && part !== "." && part !== "..");
  if (!isPath) return "is a path below the url, such as /people/{anchor}";
  const found = [...template.matchAll(slot)];
  if (found.some(([, , form]) => form !== undefined)) return "quotes nothing: parts are encoded";
  return unknownSlot(found.map(([, name = ""]) => name), names);
}

/** What is wrong with a value of a query; undefined where nothing is. */
export function queryProblem(template: string, names: readonly string[]): string | undefined {
  const found = [...template.matchAll(slot)];
  for (const [all, name, form] of found) {
    if (form !== undefined && !Object.hasOwn(forms, form)) {
      return `quotes by ${Object.keys(forms).join(", ")}, not by ${form}`;
    }
    // A moment is written by us alone; anything else could end the filter that it stands in.
    if (form === undefined && all !== template && name !== "since") {
      return `says how {${name ?? ""}} is quoted, such as {${name ?? ""}:doubled}, or is it alone`;
    }
  }
  return unknownSlot(found.map(([, name = ""]) => name), names);
}

/** What is wrong with a body; undefined where nothing is. */
export function bodyProblem(template: unknown, names: readonly string[]): string | undefined {
  return unknownSlot(slotsIn(template), names);
}

function unknownSlot(found: readonly string[], names: readonly string[]): string | undefined {
  const wrong = found.find((name) => !names.includes(name));
  if (wrong === undefined) return undefined;
  return `has no {${wrong}}, but ${names.map((name) => `{${name}}`).join(", ") || "nothing"}`;
}

function slotOf(json: Readonly<Record<string, unknown>>): string | undefined {
  const name = json["$value"];
  return typeof name === "string" && Object.keys(json).length === 1 ? name : undefined;
}

function textFor(name: string, values: TemplateValues): string {
  const value = Object.hasOwn(values, name) ? values[name] : undefined;
  if (typeof value !== "string") throw invalid(`is not there: ${name}`);
  if (!value.isWellFormed() || value.includes("\0")) throw invalid("is no text");
  return value;
}

function invalid(why: string): ConnectorError {
  return new ConnectorError("skip", "VALUE_INVALID", `a value for a request ${why}`);
}
