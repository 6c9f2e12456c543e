import type { GuardLimits, ObjectKind } from "@joinery/engine";
import { permit } from "@joinery/kit";
import type { Application, ApplicationSchema, Phase } from "../domain/application.js";
import type { ExportPolicy } from "../domain/export-policy.js";
import { accept, refuse, type Outcome } from "../domain/outcome.js";
import { waysOf } from "../domain/ways.js";
import { keyProblems } from "../domain/validate.js";
import { settingProblems } from "./application-settings.js";
import type { ConnectionState } from "./connect.js";
import { connectedTo } from "./connected-to.js";
import { discover } from "./discover.js";
import type { Caller, Deps } from "./ports.js";
import { tell, toldAction, toldApplication } from "./telling.js";

export interface AddApplicationInput {
  readonly key: string;
  readonly name: string;
  /** As its connection has it, unless said. */
  readonly connector?: string;
  readonly configuration: unknown;
  /** Id or key of the connection that says the settings which `configuration` does not. */
  readonly connection?: string;
  /** `true` unless said. */
  readonly imports?: boolean;
  /** `true` unless said. Whatever is written to is read first, so this sets `imports`. */
  readonly provisions?: boolean;
  readonly authoritativeFor?: readonly ObjectKind[];
  /** `live` unless said. */
  readonly phase?: Phase;
  readonly limits?: GuardLimits;
  readonly exportPolicy?: ExportPolicy;
  readonly protectedNames?: readonly string[];
  /** `false` unless said. */
  readonly watched?: boolean;
  readonly schema?: ApplicationSchema;
}

/** An application, and whether its system answered when it was looked at. */
export interface Connected {
  readonly application: Application;
  readonly connection: ConnectionState;
}

/**
 * Makes an application. Its system is looked at once for its schema; that it does not answer is
 * told and refuses nothing, for it is asked again before each import.
 */
export async function addApplication(
  deps: Deps,
  by: Caller,
  input: AddApplicationInput,
): Promise<Outcome<Connected>> {
  const { tenant } = permit(by.actor, "application:write");
  const found = await connectedTo(deps, tenant, input);
  if (!found.ok) return found;
  const { place, problems: inConfiguration } = found.value;
  const ways = waysOf({ imports: true, provisions: true }, input);
  const problems = [
    ...keyProblems(input.key), ...settingProblems(input), ...inConfiguration, ...ways.problems,
  ];
  if (problems.length > 0) return refuse("APPLICATION_INVALID", { problems });
  const { connection, schema } = await discover(deps, tenant, place);
  const id = deps.newId();
  const added = await deps.within(tenant, async (tx) => {
    const isNew = await deps.applications.add(tx, {
      id,
      key: input.key,
      name: input.name,
      connector: place.connector,
      connectionId: place.connectionId,
      imports: ways.imports,
      provisions: ways.provisions,
      configuration: input.configuration,
      authoritativeFor: input.authoritativeFor ?? [],
      phase: input.phase ?? "live",
      limits: input.limits ?? {},
      exportPolicy: input.exportPolicy ?? {},
      protectedNames: input.protectedNames ?? [],
      watched: input.watched ?? false,
      schemaOverride: input.schema ?? {},
      discovered: schema ?? {},
    });
    const application = isNew ? await deps.applications.find(tx, id) : null;
    if (application === null) return null;
    if (application.watched) await deps.tasks.wish(tx, "watch", id);
    await deps.schedules.add(tx, id, await deps.schedules.now(tx));
    await deps.tasks.wish(tx, "schedule", id);
    const { key, name, connector, phase, imports, provisions } = application;
    await tell(deps, tx, [
      toldApplication(tx, by, application),
      toldAction(tx, by, {
        action: "application.add",
        target: { kind: "application", id },
        after: { key, name, connector, phase, imports, provisions },
      }),
    ]);
    return application;
  });
  if (added === null) return refuse("APPLICATION_KEY_TAKEN");
  return accept({ application: added, connection });
}
