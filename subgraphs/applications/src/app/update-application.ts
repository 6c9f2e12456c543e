import { permit, toEventActor } from "@joinery/kit";
import {
  endsFourEyes, isInSandbox, isSignedOff, type Application,
} from "../domain/application.js";
import { accept, refuse, type Outcome } from "../domain/outcome.js";
import { waysOf } from "../domain/ways.js";
import type { AddApplicationInput, Connected } from "./add-application.js";
import { settingProblems } from "./application-settings.js";
import { changeApplication } from "./change-application.js";
import { connectedTo } from "./connected-to.js";
import { discover } from "./discover.js";
import { giveUpProposed } from "./plans/give-up-proposed.js";
import type { Caller, Deps, Tx } from "./ports.js";

/** Key and connector stay what they are. */
export type UpdateApplicationInput = { readonly id: string } &
  Partial<Omit<AddApplicationInput, "key" | "connector">>;

/** Changes what is given. A new configuration is tried at once; that it fails refuses nothing. */
export async function updateApplication(
  deps: Deps,
  by: Caller,
  input: UpdateApplicationInput,
): Promise<Outcome<Connected>> {
  const { tenant } = permit(by.actor, "application:write");
  const known = await deps.within(tenant, (tx) => deps.applications.find(tx, input.id));
  if (known === null || known.state === "deleted") return refuse("APPLICATION_NOT_FOUND");
  if (input.phase === "sandbox" && known.phase !== "sandbox" && known.firstImportAt !== null) {
    return refuse("PHASE_LEFT");
  }
  const found = await connectedTo(deps, tenant, {
    connector: known.connector, configuration: input.configuration ?? known.configuration,
    connection: input.connection ?? known.connectionId ?? "",
  });
  if (!found.ok) return found;
  const { place, problems: inConfiguration } = found.value;
  const ways = waysOf(known, input);
  const problems = [...settingProblems(input), ...inConfiguration, ...ways.problems];
  if (problems.length > 0) return refuse("APPLICATION_INVALID", { problems });
  const { connection, schema } = await discover(deps, tenant, place);
  const { id, schema: schemaOverride, connection: _named, ...settings } = input;
  let leavesSandbox = false;
  const changed = await changeApplication(deps, by, tenant, id, {
    action: "application.update",
    change: (before) => {
      // Of two who let it out at once, one tells the vault.
      leavesSandbox = isInSandbox(before) && !isInSandbox({ phase: input.phase ?? before.phase });
      return {
        ...asAllowed(by, before, settings),
        connectionId: place.connectionId,
        imports: ways.imports,
        provisions: ways.provisions,
        ...(schemaOverride === undefined ? {} : { schemaOverride }),
        ...(schema === null ? {} : { discovered: schema }),
        ...(isPlannedAnew(before, input, ways.provisions) ? { allDue: true } : {}),
      };
    },
    shown: ({
      name, phase, authoritativeFor, limits, exportPolicy, protectedNames, watched, connectionId,
      imports, provisions,
    }) => ({
      name, phase, authoritativeFor, limits, exportPolicy, protectedNames, watched, connectionId,
      imports, provisions,
    }),
    also: async (tx, after) => {
      if (after.watched) await deps.tasks.wish(tx, "watch", id);
      if (!isSignedOff(after)) await giveUpProposed(deps, tx, id);
      if (leavesSandbox) await tellWhatIsHeld(deps, by, tx, after);
    },
  });
  return changed.ok ? accept({ application: changed.value, connection }) : changed;
}

/** Out of the sandbox the vault learns of its accounts: by a run that reads nothing. */
async function tellWhatIsHeld(
  deps: Deps,
  by: Caller,
  tx: Tx,
  { id: applicationId, firstImportAt }: Application,
): Promise<void> {
  if (firstImportAt === null) return;
  const actor = toEventActor(by.actor);
  await deps.runs.add(tx, { id: deps.newId(), applicationId, actor, reads: "nothing" });
  await deps.tasks.wish(tx, "import", applicationId);
}

/** Throws FORBIDDEN where one operator would free themselves of the second's approval. */
function asAllowed<T extends Partial<UpdateApplicationInput>>(
  by: Caller,
  before: Application,
  settings: T,
): T {
  if (endsFourEyes(before, settings)) permit(by.actor, "organisation:write");
  return settings;
}

/**
 * In the sandbox, or while it was not written to, it had no items, and what waited for approval in
 * another phase is given up: everybody's accounts are computed.
 */
function isPlannedAnew(
  before: Application,
  { phase }: UpdateApplicationInput,
  provisions: boolean,
): boolean {
  const isOtherPhase = phase !== undefined && phase !== before.phase && phase !== "sandbox";
  return isOtherPhase || (provisions && !before.provisions);
}
