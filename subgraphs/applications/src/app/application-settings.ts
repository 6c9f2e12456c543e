import {
  exportPolicyProblems, limitProblems, nameProblems, protectedProblems, schemaProblems,
  type Problem,
} from "../domain/validate.js";

/** Whatever of an application's settings is given; not given is not looked at. */
export interface Settings {
  readonly name?: string;
  readonly limits?: unknown;
  readonly exportPolicy?: unknown;
  readonly protectedNames?: readonly string[];
  readonly schema?: unknown;
}

/** Everything that is wrong with the settings that are given, all at once. */
export function settingProblems(settings: Settings): Problem[] {
  const { name, limits, exportPolicy, protectedNames, schema } = settings;
  return [
    ...(name === undefined ? [] : nameProblems(name)),
    ...(limits === undefined ? [] : limitProblems(limits)),
    ...(exportPolicy === undefined ? [] : exportPolicyProblems(exportPolicy)),
    ...(protectedNames === undefined ? [] : protectedProblems(protectedNames)),
    ...(schema === undefined ? [] : schemaProblems(schema)),
  ];
}
