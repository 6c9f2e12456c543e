import { homedir } from "node:os";
import { join, resolve } from "node:path";

/** Where the machine lets us keep things and look for programs. */
export interface ServicesConfig {
  /** Programs fetched once per user and shared by all data folders. `JOINERY_CACHE`. */
  cacheFolder: string;
  /**
   * Used only as root, and only when the database's own unprivileged account cannot enter the
   * data folder or the installed packages (a checkout below `/root`, say).
   */
  systemFolder: string;
  /** Folders searched for programs, in order. */
  programFolders: readonly string[];
  /** What programs that download for us may see of our environment: no secrets, but proxies. */
  downloadEnvironment: Readonly<Record<string, string>>;
}

const extraProgramFolders = [
  "/usr/local/bin",
  "/usr/bin",
  "/bin",
  "/usr/local/sbin",
  "/usr/sbin",
  "/sbin",
  "/opt/homebrew/bin",
  "/home/linuxbrew/.linuxbrew/bin",
];

const passedOn = [
  "HOME",
  "http_proxy",
  "https_proxy",
  "no_proxy",
  "HTTP_PROXY",
  "HTTPS_PROXY",
  "NO_PROXY",
  "SSL_CERT_FILE",
];

/**
 * Reads `JOINERY_CACHE`, `XDG_CACHE_HOME`, `PATH` and the proxy variables. Folders for
 * administrators (`/usr/sbin`) are searched even when PATH, as for most users, lacks them:
 * Debian installs the NATS server there.
 */
export function servicesConfig(
  environment: Readonly<Record<string, string | undefined>> = process.env,
): ServicesConfig {
  const userCaches = environment["XDG_CACHE_HOME"] || join(home(environment["HOME"]), ".cache");
  const cache = environment["JOINERY_CACHE"] || join(userCaches, "joinery");
  const path = (environment["PATH"] ?? "").split(":").filter((folder) => folder.startsWith("/"));
  const programFolders = [...new Set([...path, ...extraProgramFolders])];
  const downloadEnvironment: Record<string, string> = {
    PATH: programFolders.join(":"),
    LC_ALL: "C",
  };
  for (const name of passedOn) {
    const value = environment[name];
    if (value) downloadEnvironment[name] = value;
  }
  return {
    cacheFolder: resolve(cache),
    systemFolder: "/var/lib/joinery",
    programFolders,
    downloadEnvironment,
  };
}

/** A user without a name has no home; what would be cached then stays in the data folder. */
function home(named: string | undefined): string {
  if (named) return named;
  try {
    return homedir();
  } catch {
    return "/nonexistent";
  }
}
