import {
  addApplicationDocument,
  applicationsDocument,
  checkApplicationDocument,
  liftQuarantineDocument,
  removeApplicationDocument,
  resumeApplicationDocument,
  stopApplicationDocument,
  updateApplicationDocument,
  type ApplicationOutcomeFragment,
  type JoineryClient,
} from "@joinery/sdk";
import { Option, type Command } from "commander";
import { getApplication } from "../names.js";
import type { Act, Call } from "../call.js";
import { CliError, exitCodes } from "../failure.js";
import { toAddInput, toUpdateInput, type ApplicationFlags } from "../input/application-input.js";
import { limitFlag, listFlag, settingFlag } from "../input/flags.js";
import { readJsonFile } from "../input/json-file.js";
import { confirm } from "../input/prompts.js";
import { listed, moreLine } from "../listed.js";
import type { Answer } from "../output/output.js";
import { printable } from "../output/printable.js";
import { applicationDetails, applicationTable, connectionLines } from "../render/application.js";
import { runTable } from "../render/run.js";
import { settingsRefusal } from "./settings-refusal.js";

export function addApplication(program: Command, act: Act): void {
  const application = program
    .command("application")
    .description("Connected systems: add, update, list, show, check, stop, resume, lift, remove.");
  withFlags(application.command("add [key]"))
    .description("Connects a system, and looks at it once.")
    .addHelpText(
      "after",
      `
The file of --from holds the settings of the application as one JSON object:
  {"connector": "csv", "configuration": {"path": "people.csv", "anchor": "number"},
   "authoritativeFor": ["user"]}
Files of the connector lie below files/<id of the organisation> in the data folder. Secrets are
named, never written: joinery secret set directory-password, then in the file
  {"connector": "ldap", "configuration": {"passwordSecret": "directory-password", …}}

Examples:
  joinery application add hr --from hr.json
  joinery application add hr --connector csv --set path=people.csv --set anchor=number \\
    --authoritative-for user`,
    )
    .action((key: string | undefined, flags: ApplicationFlags, command: Command) =>
      act(command, (call) => add(call, key, flags)),
    );
  withFlags(application.command("update <application>"))
    .description("Changes settings; what is not said stays. Key and connector stay.")
    .action((key: string, flags: ApplicationFlags, command: Command) =>
      act(command, (call) => update(call, key, flags)),
    );
  application
    .command("list")
    .description("All applications.")
    .option("--limit <n>", "how many at most", limitFlag, 500)
    .action((flags: { limit: number }, command: Command) =>
      act(command, (call) => list(call, flags.limit)),
    );
  application
    .command("show <application>")
    .description("Settings, attributes and the last run of one application.")
    .action((key: string, _flags: object, command: Command) =>
      act(command, (call) => show(call, key)),
    );
  addVerbs(application, act);
}

function addVerbs(application: Command, act: Act): void {
  application
    .command("check <application>")
    .description("Tries the connection; exit code 1 when the system does not answer.")
    .action((key: string, _flags: object, command: Command) =>
      act(command, (call) => check(call, key)),
    );
  application
    .command("stop <application>")
    .description("Emergency stop: nothing is written to it any more, its queue stays.")
    .action((key: string, _flags: object, command: Command) =>
      act(command, (call) => change(call, key, stopped)),
    );
  application
    .command("resume <application>")
    .description("Ends an emergency stop: the queue goes on.")
    .action((key: string, _flags: object, command: Command) =>
      act(command, (call) => change(call, key, resumed)),
    );
  application
    .command("lift <application>")
    .description("Ends a quarantine at once; it ends by itself when the system answers.")
    .action((key: string, _flags: object, command: Command) =>
      act(command, (call) => change(call, key, lifted)),
    );
  application
    .command("remove <application>")
    .description("Takes it out of use; its accounts, runs and history stay.")
    .option("--yes", "without being asked")
    .action((key: string, flags: { yes?: boolean }, command: Command) =>
      act(command, async (call) => {
        const question = `Take ${printable(key)} out of use?`;
        await confirm(call.surroundings, question, flags.yes);
        return change(call, key, removed);
      }),
    );
}

function withFlags(command: Command): Command {
  return command
    .option("--from <file>", "settings from a JSON file; flags win over it")
    .option("--name <name>", "how people call it")
    .option("--connector <kind>", "csv, ldap, active-directory, scim, sql, http-json or pushed")
    .option("--set <name=value>", "a setting of the connector; may be repeated", settingFlag)
    .option(
      "--authoritative-for <kinds>",
      "whose accounts may create identities: user,group",
      listFlag,
    )
    .addOption(new Option("--phase <phase>").choices(["sandbox", "semi-automatic", "live"]))
    .option("--protect <names>", "accounts that no rule writes: a,b", listFlag)
    .option("--watch", "import changes as they come, where the connector listens")
    .option("--no-watch", "import when asked only")
    .option("--connection <key>", "share a connection's settings; none: say all of them here")
    .option("--provision", "rules may write to it once it is imported; turns --import on")
    .option("--no-provision", "nothing is written to it")
    .option("--import", "it is read")
    .option("--no-import", "it is not read; goes together with --no-provision");
}

async function add(call: Call, key: string | undefined, flags: ApplicationFlags): Promise<Answer> {
  const file = flags.from === undefined ? {} : await readJsonFile(flags.from);
  const input = toAddInput(key, file, flags);
  const client = await call.client();
  const { addApplication: payload } = await client.request(addApplicationDocument, { input });
  return told(call, payload, `application ${printable(input.key)} is added`);
}

async function update(call: Call, key: string, flags: ApplicationFlags): Promise<Answer> {
  if (flags.connector !== undefined) {
    const message = "the connector of an application cannot be changed: add another application";
    throw new CliError("SETTING_UNKNOWN", message, { exitCode: exitCodes.usage });
  }
  const file = flags.from === undefined ? {} : await readJsonFile(flags.from);
  const client = await call.client();
  const { id, configuration } = await getApplication(client, key);
  const input = toUpdateInput(id, configuration, file, flags);
  const { updateApplication: payload } = await client.request(updateApplicationDocument, { input });
  return told(call, payload, `application ${printable(key)} is changed`);
}

async function list(call: Call, limit: number): Promise<Answer> {
  const { nodes, hasMore } = await listed(
    await call.client(),
    applicationsDocument,
    {},
    (data) => data.applications,
    limit,
  );
  const lines = applicationTable(nodes, call.output.style);
  return { document: { applications: nodes, hasMore }, lines: [...lines, ...moreLine(hasMore)] };
}

async function show(call: Call, key: string): Promise<Answer> {
  const { style } = call.output;
  const application = await getApplication(await call.client(), key);
  const runs = application.runs.nodes;
  return {
    document: { application },
    lines: [
      ...applicationDetails(application, style),
      ...(runs.length > 0 ? ["", ...runTable(runs, () => application.key, style)] : []),
    ],
  };
}

async function check(call: Call, key: string): Promise<Answer> {
  const client = await call.client();
  const { id } = await getApplication(client, key);
  const { checkApplication: payload } = await client.request(checkApplicationDocument, { id });
  const answer = told(call, payload, `application ${printable(key)} is looked at`);
  return { ...answer, exitCode: payload.connection?.ok ? exitCodes.done : exitCodes.failed };
}

type Change = (
  client: JoineryClient,
  id: string,
) => Promise<{
  readonly payload: ApplicationOutcomeFragment;
  readonly said: string;
}>;

const stopped: Change = async (client, id) => ({
  payload: (await client.request(stopApplicationDocument, { id })).stopApplication,
  said: "is stopped: nothing is written to it",
});
const resumed: Change = async (client, id) => ({
  payload: (await client.request(resumeApplicationDocument, { id })).resumeApplication,
  said: "goes on",
});
const lifted: Change = async (client, id) => ({
  payload: (await client.request(liftQuarantineDocument, { id })).liftQuarantine,
  said: "is not in quarantine",
});
const removed: Change = async (client, id) => ({
  payload: (await client.request(removeApplicationDocument, { id })).removeApplication,
  said: "is out of use",
});

async function change(call: Call, key: string, verb: Change): Promise<Answer> {
  const client = await call.client();
  const { id } = await getApplication(client, key);
  const { payload, said } = await verb(client, id);
  return told(call, payload, `application ${printable(key)} ${said}`);
}

/** Throws the refusal with every problem of the settings. */
function told(call: Call, payload: ApplicationOutcomeFragment, said: string): Answer {
  const { application, connection } = payload;
  if (application === null) throw settingsRefusal(payload);
  const lines = [said, ...connectionLines(connection, call.output.style)];
  return { document: { application, connection }, lines };
}
