import { homedir } from "node:os";
import { join } from "node:path";

/** What the command line reads of its environment; shown in the README's table. */
export const cliVariables = {
  url: {
    name: "JOINERY_URL",
    help: "address that the command line speaks to",
    fallback: { value: null, shown: "that of the last sign-in, else `http://127.0.0.1:4000`" },
  },
  token: {
    name: "JOINERY_TOKEN",
    help: "token of a session, or of a client for `push`, instead of a kept one; for `JOINERY_URL`",
    fallback: { value: null, shown: "the one that `joinery sign-in` kept" },
    secret: true,
  },
  configurationFolder: {
    name: "XDG_CONFIG_HOME",
    help: "folder below which the command line keeps its sessions, in `joinery/session.json`",
    fallback: { value: null, shown: "`~/.config`" },
  },
  noColor: {
    name: "NO_COLOR",
    help: "anything but nothing: the command line writes without colours",
    fallback: { value: false, shown: "colours on a terminal" },
  },
} as const;

export interface CliConfig {
  readonly url: string | null;
  readonly token: string | null;
  readonly sessionFile: string;
  readonly noColor: boolean;
  /** For `doctor`: the folder that `npm start` would use from here. */
  readonly dataFolder: string;
  readonly path: string;
}

export const defaultUrl = "http://127.0.0.1:4000";

/** Nothing here can be wrong at this point: an address is checked where it is used. */
export function readCliConfig(environment: NodeJS.ProcessEnv = process.env): CliConfig {
  const read = (name: string) => environment[name] || null;
  const folder = read(cliVariables.configurationFolder.name) ?? join(homedir(), ".config");
  return {
    url: read(cliVariables.url.name),
    token: read(cliVariables.token.name),
    sessionFile: join(folder, "joinery", "session.json"),
    noColor: read(cliVariables.noColor.name) !== null || environment["TERM"] === "dumb",
    dataFolder: read("JOINERY_DATA_FOLDER") ?? "data",
    path: read("PATH") ?? "",
  };
}
