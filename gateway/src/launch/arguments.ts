import { parseArgs } from "node:util";
import { JoineryError, serviceNames, type ServiceName, type Variable } from "@joinery/kit";
import { launchVariables } from "./config.js";

/** What the launcher is asked for: to run, or one thing that whoever has the machine may do. */
export type LaunchTask =
  /** `restored`: services whose databases were set back. */
  | { readonly kind: "run"; readonly restored: readonly ServiceName[] }
  | { readonly kind: "help" }
  /** A new password for somebody; null: in the one organisation where they sign in. */
  | { readonly kind: "recover"; readonly email: string; readonly organisation: string | null }
  /** A slug that is null is made of the name. */
  | {
      readonly kind: "add";
      readonly name: string;
      readonly owner: string;
      readonly slug: string | null;
    };

const options = {
  json: { type: "boolean" },
  help: { type: "boolean", short: "h" },
  "recover-owner": { type: "string" },
  organisation: { type: "string" },
  "add-organisation": { type: "string" },
  owner: { type: "string" },
  slug: { type: "string" },
  "after-restore": { type: "string" },
} as const;

/** Which other options each task takes. */
const belongs = {
  "recover-owner": ["organisation"],
  "add-organisation": ["owner", "slug"],
  "after-restore": [],
} as const;

/** Throws ARGUMENT_UNKNOWN. */
export function readArguments(given: readonly string[]): LaunchTask {
  const values = parse(given);
  if (values.help === true) return { kind: "help" };
  const recover = values["recover-owner"];
  const add = values["add-organisation"];
  const asked = (Object.keys(belongs) as (keyof typeof belongs)[]).filter((name) => name in values);
  if (asked.length > 1) throw unknown("one thing at a time: try --help");
  const allowed: readonly string[] = asked.flatMap((name) => [name, ...belongs[name]]);
  const stray = Object.keys(values).find((name) => name !== "json" && !allowed.includes(name));
  if (stray !== undefined) throw unknown(`--${stray} does not belong here: try --help`);
  if (recover !== undefined) {
    return { kind: "recover", email: recover, organisation: values.organisation ?? null };
  }
  if (add === undefined) return { kind: "run", restored: servicesOf(values["after-restore"]) };
  if (values.owner === undefined) throw unknown("--add-organisation needs --owner <e-mail>");
  return { kind: "add", name: add, owner: values.owner, slug: values.slug ?? null };
}

function servicesOf(given: string | undefined): readonly ServiceName[] {
  if (given === undefined) return [];
  if (given === "all") return serviceNames;
  return given.split(",").map((name) => {
    const service = serviceNames.find((each) => each === name.trim());
    if (service === undefined) throw unknown(`"${name}" is none of ${serviceNames.join(", ")}`);
    return service;
  });
}

function parse(given: readonly string[]) {
  try {
    return parseArgs({ args: [...given], options, strict: true, allowPositionals: false }).values;
  } catch (cause) {
    const message = cause instanceof Error ? (cause.message.split(".")[0] ?? "") : "";
    throw unknown(`${message}: try --help`);
  }
}

function unknown(message: string): JoineryError {
  return new JoineryError("ARGUMENT_UNKNOWN", message);
}

export function helpText(): string {
  const variables: readonly Variable<unknown>[] = Object.values(launchVariables);
  const lines = variables.map(
    ({ name, help, fallback }) => `  ${name.padEnd(20)} ${help} [${fallback?.shown ?? "required"}]`,
  );
  return `npm start [-- --json]

Starts Joinery: PostgreSQL and NATS unless their addresses are given, then its own processes, and
keeps them running until Ctrl-C.

  --json   one line of JSON per event
  --help   this text

For whoever has the machine, beside a Joinery that runs on the data folder or without one:

npm start -- --recover-owner <e-mail> [--organisation <short name>]
  A new password for an owner, or anybody else who signs in, and is locked out. Their sessions end.

npm start -- --add-organisation <name> --owner <e-mail> [--slug <short name>]
  One more organisation, which sees nothing of the others, with its first owner.

npm start -- --after-restore <services, with commas | all>
  Starts it after databases of these services were restored from a backup. What they tell counts
  anew, and whoever has copies asks for everything. Once, at the first start after the restore.

The first two show the password on a terminal once, and keep it in a file of the data folder that
only its owner can read. What they do is recorded in the organisation's audit.

Variables, with what holds when they are not set:
${lines.join("\n").replaceAll("`", "")}
`;
}
