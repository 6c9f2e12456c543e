import type { AddApplicationInput, UpdateApplicationInput } from "@joinery/sdk";
import { CliError, exitCodes } from "../failure.js";
import { isRecord, textIn } from "./json-file.js";
import { withSettings, type Setting } from "./flags.js";

/** What flags say of an application; a file may say the same, and flags win. */
export interface ApplicationFlags {
  readonly from?: string;
  readonly name?: string;
  readonly connector?: string;
  readonly authoritativeFor?: readonly string[];
  readonly phase?: string;
  readonly protect?: readonly string[];
  readonly watch?: boolean;
  /** Key of a connection, or `none`. */
  readonly connection?: string;
  readonly import?: boolean;
  readonly provision?: boolean;
  readonly set?: readonly Setting[];
}

/** What a file may hold beside the configuration of the connector. */
const known = [
  "key",
  "name",
  "connector",
  "configuration",
  "authoritativeFor",
  "phase",
  "limits",
  "exportPolicy",
  "protectedNames",
  "watched",
  "connection",
  "imports",
  "provisions",
  "schema",
] as const;

type Settings = Omit<UpdateApplicationInput, "id">;

/**
 * The application to add: of the file, then of the flags. The name is the key unless said. Throws
 * FLAG_MISSING and SETTING_UNKNOWN; whether settings are right is the server's to say.
 */
export function toAddInput(
  key: string | undefined,
  file: Readonly<Record<string, unknown>>,
  flags: ApplicationFlags,
): AddApplicationInput {
  const { configuration, ...settings } = toSettings(file, flags);
  const wanted = key ?? textIn(file, "key");
  const connector = flags.connector ?? textIn(file, "connector");
  const isConnected = settings.connection !== undefined && settings.connection !== null;
  if (wanted === undefined) throw missingFlag("<key>, or `key` in the file of --from");
  if (connector === undefined && !isConnected) {
    throw missingFlag("--connector or --connection, or one of them in the file of --from");
  }
  return {
    ...settings,
    key: wanted,
    ...(connector === undefined ? {} : { connector }),
    name: settings.name ?? wanted,
    configuration: configuration ?? {},
  };
}

/**
 * What to change. A `--set` needs the whole configuration to lay itself over: `current`, unless
 * the file brings one.
 */
export function toUpdateInput(
  id: string,
  current: Readonly<Record<string, unknown>>,
  file: Readonly<Record<string, unknown>>,
  flags: ApplicationFlags,
): UpdateApplicationInput {
  for (const fixed of ["key", "connector"]) {
    if (fixed in file) {
      const message = `${fixed} cannot be changed: leave it out of the file`;
      throw new CliError("SETTING_UNKNOWN", message);
    }
  }
  const isLaidOver = (flags.set ?? []).length > 0 && !("configuration" in file);
  const base = isLaidOver ? { ...file, configuration: current } : file;
  return { id, ...toSettings(base, flags) };
}

function toSettings(file: Readonly<Record<string, unknown>>, flags: ApplicationFlags): Settings {
  const unknown = Object.keys(file).find((name) => !known.some((each) => each === name));
  if (unknown !== undefined) {
    throw new CliError("SETTING_UNKNOWN", `${unknown} is no setting of an application`, {
      details: [`settings of a file: ${known.join(", ")}`],
    });
  }
  const { key: _key, connector: _connector, ...ofFile } = file;
  const configuration = isRecord(file["configuration"]) ? file["configuration"] : undefined;
  const laidOver = flags.set ? withSettings(configuration ?? {}, flags.set) : configuration;
  const {
    name, authoritativeFor, phase, protect, watch, connection, import: imports,
    provision: provisions,
  } = flags;
  return {
    ...ofFile,
    ...(laidOver ? { configuration: laidOver } : {}),
    ...(name === undefined ? {} : { name }),
    ...(authoritativeFor === undefined ? {} : { authoritativeFor }),
    ...(phase === undefined ? {} : { phase }),
    ...(protect === undefined ? {} : { protectedNames: protect }),
    ...(watch === undefined ? {} : { watched: watch }),
    ...(connection === undefined ? {} : { connection: connection === "none" ? "" : connection }),
    ...(imports === undefined ? {} : { imports }),
    ...(provisions === undefined ? {} : { provisions }),
  };
}

/** What was not said and has to be. */
export function missingFlag(what: string): CliError {
  return new CliError("FLAG_MISSING", `say ${what}`, { exitCode: exitCodes.usage });
}
