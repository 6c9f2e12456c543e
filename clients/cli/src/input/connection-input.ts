import type { AddConnectionInput, UpdateConnectionInput } from "@joinery/sdk";
import { CliError } from "../failure.js";
import { missingFlag } from "./application-input.js";
import { withSettings, type Setting } from "./flags.js";
import { isRecord, textIn } from "./json-file.js";

/** What flags say of a connection; a file may say the same, and flags win. */
export interface ConnectionFlags {
  readonly from?: string;
  readonly name?: string;
  readonly connector?: string;
  readonly set?: readonly Setting[];
}

type File = Readonly<Record<string, unknown>>;

const known = ["key", "name", "connector", "configuration"] as const;

/** The name is the key unless said. Throws FLAG_MISSING and SETTING_UNKNOWN. */
export function toConnectionInput(
  key: string | undefined, file: File, flags: ConnectionFlags,
): AddConnectionInput {
  refuseUnknown(file, known);
  const wanted = key ?? textIn(file, "key");
  const connector = flags.connector ?? textIn(file, "connector");
  if (wanted === undefined) throw missingFlag("<key>, or `key` in the file of --from");
  if (connector === undefined) {
    throw missingFlag("--connector, or `connector` in the file of --from");
  }
  const name = flags.name ?? textIn(file, "name") ?? wanted;
  return { key: wanted, name, connector, configuration: configurationOf(file, {}, flags) };
}

/** What to change; a `--set` is laid over the file's configuration, else over `current`. */
export function toConnectionUpdate(
  id: string, current: File, file: File, flags: ConnectionFlags,
): UpdateConnectionInput {
  refuseUnknown(file, ["name", "configuration"]);
  const isSaid = (flags.set ?? []).length > 0 || "configuration" in file;
  const name = flags.name ?? textIn(file, "name");
  return {
    id, ...(name === undefined ? {} : { name }),
    ...(isSaid ? { configuration: configurationOf(file, current, flags) } : {}),
  };
}

function configurationOf(file: File, otherwise: File, { set }: ConnectionFlags): File {
  const base = isRecord(file["configuration"]) ? file["configuration"] : otherwise;
  return withSettings(base, set ?? []);
}

function refuseUnknown(file: File, settings: readonly string[]): void {
  const unknown = Object.keys(file).find((name) => !settings.includes(name));
  if (unknown === undefined) return;
  throw new CliError("SETTING_UNKNOWN", `${unknown} is no setting that can be said here`, {
    details: [`settings of a file: ${settings.join(", ")}`],
  });
}
