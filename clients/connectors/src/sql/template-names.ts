import type { MemberTable } from "./member-table.js";
import type { ObjectTable } from "./object-table.js";
import { misconfigured } from "./scalar-codec.js";
import { templateOf, type Template } from "./templates.js";

export type Operation = "create" | "update" | "delete";

/** What a statement may name besides columns: the row's anchor, the id of a create. */
const specialNames: Readonly<Record<Operation, readonly string[]>> = {
  create: ["_id"], update: ["_anchor"], delete: ["_anchor"],
};

/** The statements of a table. Throws ConnectorError `MISCONFIGURED` for one with a wrong name. */
export function templatesFor(table: ObjectTable): ReadonlyMap<Operation, Template> {
  const names = table.own.map((column) => column.name);
  const templates = new Map<Operation, Template>();
  for (const operation of ["create", "update", "delete"] as const) {
    const text = table.settings.statements[operation];
    if (text === undefined) continue;
    const template = templateOf(table.session.dialect.name, text);
    demandNames(operation, template, [...names, ...specialNames[operation]]);
    templates.set(operation, template);
  }
  return templates;
}

/** The statements that write members. Throws ConnectorError `MISCONFIGURED`. */
export function memberTemplates(
  { session, settings }: MemberTable,
): Readonly<Record<"add" | "remove", Template | undefined>> {
  const [add, remove] = (["add", "remove"] as const).map((operation) => {
    const text = settings.statements[operation];
    if (text === undefined) return undefined;
    const template = templateOf(session.dialect.name, text);
    demandNames(operation, template, ["_group", "_member"]);
    return template;
  });
  return { add, remove };
}

export function parametersOf(template: Template): readonly { readonly parameter: string }[] {
  return template.filter((part) => typeof part !== "string");
}

function demandNames(operation: string, template: Template, names: readonly string[]): void {
  const wrong = parametersOf(template).find(({ parameter }) => !names.includes(parameter));
  if (wrong === undefined) return;
  const what = `the statement for ${operation} names :${wrong.parameter}`;
  throw misconfigured(`${what}, which is no column`);
}
