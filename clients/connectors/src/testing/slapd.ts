import { execFile, spawn } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { comesUp, findIn, freePort, makeCertificate, opensslMissing } from "./server-process.js";

const run = promisify(execFile);
const binaryFolders = [
  "/usr/sbin",
  "/usr/local/sbin",
  "/usr/lib/openldap",
  "/usr/libexec",
  "/usr/local/libexec",
];
const schemaFolders = [
  "/etc/ldap/schema",
  "/etc/openldap/schema",
  "/usr/local/etc/openldap/schema",
];
const moduleFolders = ["/usr/lib/ldap", "/usr/lib64/openldap", "/usr/lib/openldap"];

export interface SlapdOptions {
  /** Entries to begin with, in LDIF; the suffix itself is made unless it is among them. */
  readonly ldif?: string;
  /** Default `dc=example,dc=com`. */
  readonly suffix?: string;
  /** Lines of slapd.conf for the database, such as `sizelimit 10` or `access to …`. */
  readonly databaseLines?: readonly string[];
  /** Lines of slapd.conf before the database. */
  readonly globalLines?: readonly string[];
  /** How many changes it remembers for those who ask what changed; default 10,000. */
  readonly sessionLog?: number;
  /** Whether it tells what changed (RFC 4533); default true. */
  readonly hasSyncprov?: boolean;
}

/** A directory server of its own on loopback, in a folder that goes with it. */
export interface Slapd {
  readonly url: string;
  readonly ldapsUrl: string;
  /** PEM of the certificate that signed the server's; for `localhost` and `127.0.0.1`. */
  readonly ca: string;
  readonly suffix: string;
  readonly adminDn: string;
  readonly adminPassword: string;
  readonly pid: number;
  /** All entries as LDIF, with what the server keeps for itself. */
  dump(): Promise<string>;
  /** Ends it in order and starts it on the same ports; with these entries alone, if given. */
  restart(ldif?: string): Promise<void>;
  /** Ends the process by its id and removes the folder. Safe to call twice. */
  stop(): Promise<void>;
}

/** Why no slapd can be started here, undefined when one can. For the message of a skipped test. */
export function slapdMissing(): string | undefined {
  if (findIn(binaryFolders, "slapd") === undefined) {
    return "slapd is not installed (Debian: apt-get install slapd ldap-utils)";
  }
  if (findIn(schemaFolders, "core.schema") === undefined) {
    return "slapd's schema files are not found";
  }
  return opensslMissing();
}

/** Starts slapd on free ports of loopback. Throws when it is missing or does not come up. */
export async function startSlapd(options: SlapdOptions = {}): Promise<Slapd> {
  const missing = slapdMissing();
  if (missing !== undefined) throw new Error(missing);
  const folder = await mkdtemp(join(tmpdir(), "joinery-slapd-"));
  try {
    return await start(folder, options);
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

async function start(folder: string, options: SlapdOptions): Promise<Slapd> {
  const suffix = options.suffix ?? "dc=example,dc=com";
  const adminDn = `cn=admin,${suffix}`;
  const adminPassword = "the administrator's password";
  await mkdir(join(folder, "db"));
  await makeCertificate(folder, ["DNS:localhost", "IP:127.0.0.1"]);
  const settings = join(folder, "slapd.conf");
  await writeFile(settings, configuration(folder, suffix, adminDn, adminPassword, options));
  const fill = async (ldif: string): Promise<void> => {
    const seed = join(folder, "seed.ldif");
    await writeFile(seed, withSuffix(suffix, ldif));
    await run(findIn(binaryFolders, "slapadd") as string, ["-q", "-w", "-f", settings, "-l", seed]);
  };
  await fill(options.ldif ?? "");
  for (let attempt = 1; ; attempt += 1) {
    const ports = [await freePort(), await freePort()] as const;
    let process = await runOn(ports, settings);
    if (process !== undefined) {
      const ca = await readFile(join(folder, "server.pem"), "utf8");
      return {
        ...urlsOf(ports), ca, suffix, adminDn, adminPassword,
        get pid() { return process?.pid ?? 0; },
        dump: async () => {
          const slapcat = findIn(binaryFolders, "slapcat") as string;
          return (await run(slapcat, ["-f", settings], { maxBuffer: dumpBytesMax })).stdout;
        },
        restart: async (ldif) => {
          await process?.end("SIGTERM");
          if (ldif !== undefined) {
            await rm(join(folder, "db"), { recursive: true });
            await mkdir(join(folder, "db"));
            await fill(ldif);
          }
          process = await runOn(ports, settings);
          if (process === undefined) throw new Error("slapd did not come up again");
        },
        stop: async () => {
          await process?.end("SIGKILL");
          await rm(folder, { recursive: true, force: true });
        },
      };
    }
    // Somebody else may have taken a port between our looking and slapd's listening.
    if (attempt === 3) throw new Error("slapd did not come up");
  }
}

const dumpBytesMax = 1 << 28;

function urlsOf([plain, secure]: readonly [number, number]) {
  return { url: `ldap://127.0.0.1:${plain}`, ldapsUrl: `ldaps://127.0.0.1:${secure}` };
}

interface SlapdProcess {
  readonly pid: number;
  end(signal: "SIGTERM" | "SIGKILL"): Promise<void>;
}

/** Undefined when it does not come up. */
async function runOn(
  ports: readonly [number, number], settings: string,
): Promise<SlapdProcess | undefined> {
  const { url, ldapsUrl } = urlsOf(ports);
  const binary = findIn(binaryFolders, "slapd") as string;
  const child = spawn(binary, ["-d", "0", "-f", settings, "-h", `${url} ${ldapsUrl}`], {
    stdio: "ignore",
  });
  const ended = new Promise<void>((resolve) => { child.once("close", () => { resolve(); }); });
  const end = async (signal: "SIGTERM" | "SIGKILL"): Promise<void> => {
    child.kill(signal);
    await ended;
  };
  if (await comesUp(child, "127.0.0.1", ports)) return { pid: child.pid as number, end };
  await end("SIGKILL");
  return undefined;
}

function configuration(
  folder: string, suffix: string, adminDn: string, password: string, options: SlapdOptions,
): string {
  const schemas = findIn(schemaFolders, "core.schema")?.replace(/core\.schema$/, "") ?? "";
  const modules = findIn(moduleFolders, "back_mdb.la") ?? findIn(moduleFolders, "back_mdb.so");
  return [
    ...["core", "cosine", "inetorgperson", "nis"].map((name) => `include ${schemas}${name}.schema`),
    ...(modules === undefined
      ? []
      : [
          `modulepath ${modules.replace(/\/back_mdb\.\w+$/, "")}`,
          "moduleload back_mdb",
          ...(options.hasSyncprov === false ? [] : ["moduleload syncprov"]),
        ]),
    `pidfile ${join(folder, "slapd.pid")}`,
    `TLSCertificateFile ${join(folder, "server.pem")}`,
    `TLSCertificateKeyFile ${join(folder, "server.key")}`,
    "threads 8",
    ...(options.globalLines ?? []),
    "database mdb",
    "maxsize 4294967296",
    "dbnosync",
    `suffix "${suffix}"`,
    `rootdn "${adminDn}"`,
    `rootpw "${password}"`,
    `directory ${join(folder, "db")}`,
    "index objectClass,uid,mail,member,employeeNumber,entryUUID,entryCSN eq",
    ...(options.databaseLines ?? []),
    ...(options.hasSyncprov === false ? [] : [
      "overlay syncprov",
      "syncprov-checkpoint 100 10",
      `syncprov-sessionlog ${options.sessionLog ?? 10_000}`,
    ]),
    "",
  ].join("\n");
}

/** The suffix entry, which must come first, unless the LDIF brings it. */
function withSuffix(suffix: string, ldif: string): string {
  const begins = new RegExp(`^dn: ${suffix.replace(/[^\w=,]/g, "\\$&")}$`, "im");
  if (begins.test(ldif)) return ldif;
  const name = /^dc=([^,]+)/.exec(suffix)?.[1];
  if (name === undefined) throw new Error("a suffix that is no dc= must be in the LDIF");
  const classes = "objectClass: dcObject\nobjectClass: organization";
  return `dn: ${suffix}\n${classes}\no: ${name}\ndc: ${name}\n\n${ldif}`;
}
