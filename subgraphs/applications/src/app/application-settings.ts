import {
  exportPolicyProblems, limitProblems, nameProblems, protectedProblems, schemaProblems,
  type Problem,
} from "../domain/validate.js";
import type { Deps } from "./ports.js";

/** Whatever of an application's settings is given; not given is not looked at. */
export interface Settings {
  readonly name?: string;
  readonly configuration?: unknown;
  readonly limits?: unknown;
  readonly exportPolicy?: unknown;
  readonly protectedNames?: readonly string[];
  readonly schema?: unknown;
}

/** Everything that is wrong with the settings that are given, all at once. */
export function settingProblems(deps: Deps, connector: string, settings: Settings): Problem[] {
  const { name, configuration, limits, exportPolicy, protectedNames, schema } = settings;
  const kind = deps.connectorKinds.get(connector);
  const inConfiguration = configuration === undefined ? [] : (kind?.validate(configuration) ?? []);
  return [
    ...(name === undefined ? [] : nameProblems(name)),
    ...inConfiguration.map(({ setting, message }) => ({
      setting: setting === "" ? "configuration" : `configuration.${setting}`, message,
    })),
    ...(limits === undefined ? [] : limitProblems(limits)),
    ...(exportPolicy === undefined ? [] : exportPolicyProblems(exportPolicy)),
    ...(protectedNames === undefined ? [] : protectedProblems(protectedNames)),
    ...(schema === undefined ? [] : schemaProblems(schema)),
  ];
}
