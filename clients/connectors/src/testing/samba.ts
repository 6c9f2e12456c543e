import { execFile, spawn } from "node:child_process";
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { randomInt } from "node:crypto";
import { dirname, join } from "node:path";
import { tmpdir } from "node:os";
import { promisify } from "node:util";
import {
  answersAt, comesUp, findIn, madeByFirst, makeCertificate, opensslMissing,
} from "./server-process.js";

const run = promisify(execFile);
const sbin = ["/usr/sbin", "/usr/local/samba/sbin", "/usr/local/sbin"];
const bin = ["/usr/bin", "/usr/local/samba/bin", "/usr/local/bin"];
const suffix = "DC=corp,DC=acme,DC=test";
const adminPassword = "Adm1nistrator of the domain";
const provisionMsMax = 120_000;

export interface SambaOptions {
  /**
   * Folder of a domain to copy, which is made there by whoever needs it first: making a domain
   * takes seconds, copying one a moment. Without it a domain is made for this server alone.
   */
  readonly template?: string;
  /** Entries to begin with, in LDIF. */
  readonly ldif?: string;
  /** Lines of smb.conf, such as `ldap max authenticated request size = 10000`. */
  readonly settings?: readonly string[];
}

/** A domain controller of its own, on a loopback address of its own, in a folder that goes too. */
export interface Samba {
  readonly ldapsUrl: string;
  readonly ldapUrl: string;
  /** PEM of the certificate that signed the server's; for the address in `ldapsUrl`. */
  readonly ca: string;
  /** PEM of its private key, for whoever stands in its place. */
  readonly key: string;
  readonly suffix: string;
  /** User principal name of the administrator. */
  readonly admin: string;
  readonly adminPassword: string;
  readonly pid: number;
  /** Path of the directory's database, for the tools of ldb; they may be used while it runs. */
  readonly database: string;
  /** Starts it again, at the same address with the same data, after `kill`. */
  start(): Promise<void>;
  /** Ends the process by its id; the data stays. */
  kill(): Promise<void>;
  /** Ends the process and removes the folder. Safe to call twice. */
  stop(): Promise<void>;
}

/** Why no domain controller can be started here, undefined when one can. */
export function sambaMissing(): string | undefined {
  if (findIn(sbin, "samba") === undefined || findIn(bin, "samba-tool") === undefined) {
    return "samba is not installed (Debian: samba-ad-dc samba-ad-provision samba-dsdb-modules)";
  }
  if (findIn(bin, "ldbadd") === undefined) return "ldbadd is not installed (Debian: ldb-tools)";
  return opensslMissing()
    ?? (process.getuid?.() === 0 ? undefined : "a domain controller needs root");
}

/**
 * Starts a domain controller for `corp.acme.test`. Samba's ports are fixed (389, 636, 3268, 3269),
 * so each has a loopback address of its own. Only LDAP runs; nothing leaves the machine.
 */
export async function startSamba(options: SambaOptions = {}): Promise<Samba> {
  const missing = sambaMissing();
  if (missing !== undefined) throw new Error(missing);
  const folder = await mkdtemp(join(tmpdir(), "joinery-samba-"));
  try {
    const domain = join(folder, "domain");
    if (options.template === undefined) await provision(domain);
    else await cp(await madeByFirst(options.template, provision), domain, { recursive: true });
    if (options.ldif !== undefined) await addEntries(domain, options.ldif);
    const server = new SambaServer(folder, await freeAddress(), options.settings ?? []);
    await server.prepare();
    await server.start();
    return server;
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

class SambaServer implements Samba {
  readonly ldapsUrl: string;
  readonly ldapUrl: string;
  readonly suffix = suffix;
  readonly database: string;
  readonly admin = "administrator@corp.acme.test";
  readonly adminPassword = adminPassword;
  ca = "";
  key = "";
  pid = 0;

  private readonly folder: string;
  private readonly address: string;
  private readonly settings: readonly string[];
  private end: () => Promise<void> = () => Promise.resolve();

  constructor(folder: string, address: string, settings: readonly string[]) {
    this.folder = folder;
    this.address = address;
    this.settings = settings;
    this.database = join(folder, "domain", "private", "sam.ldb");
    this.ldapsUrl = `ldaps://${address}`;
    this.ldapUrl = `ldap://${address}`;
  }

  async prepare(): Promise<void> {
    await makeCertificate(this.folder, [`IP:${this.address}`]);
    this.ca = await readFile(join(this.folder, "server.pem"), "utf8");
    this.key = await readFile(join(this.folder, "server.key"), "utf8");
    const lines = configuration(this.folder, this.address, this.settings);
    await writeFile(join(this.folder, "smb.conf"), lines);
  }

  async start(): Promise<void> {
    await this.end();
    const child = spawn(findIn(sbin, "samba") as string, [
      `--configfile=${join(this.folder, "smb.conf")}`, "--interactive", "--model=single",
    ], { stdio: "ignore" });
    const ended = new Promise<void>((resolve) => { child.once("close", () => { resolve(); }); });
    this.pid = child.pid ?? 0;
    this.end = async () => {
      child.kill("SIGKILL");
      await ended;
    };
    if (await comesUp(child, this.address, [389, 636])) return;
    await this.end();
    throw new Error("samba did not come up");
  }

  kill(): Promise<void> {
    return this.end();
  }

  async stop(): Promise<void> {
    await this.end();
    await rm(this.folder, { recursive: true, force: true });
  }
}

async function provision(folder: string): Promise<void> {
  await mkdir(dirname(folder), { recursive: true });
  await run(findIn(bin, "samba-tool") as string, [
    "domain", "provision", "--realm=CORP.ACME.TEST", "--domain=CORP", "--server-role=dc",
    "--dns-backend=NONE", `--adminpass=${adminPassword}`, "--host-ip=127.0.0.1",
    "--host-name=dc1", "--use-rfc2307", `--targetdir=${folder}`, "--option=interfaces=lo",
    "--option=bind interfaces only=yes",
  ], { timeout: provisionMsMax });
}

/** Puts entries into a domain whose server does not run. */
async function addEntries(domain: string, ldif: string): Promise<void> {
  const seed = join(domain, "seed.ldif");
  await writeFile(seed, ldif);
  const database = join(domain, "private", "sam.ldb");
  await run(findIn(bin, "ldbadd") as string, ["-H", database, "--nosync", seed]);
}

function configuration(folder: string, address: string, more: readonly string[]): string {
  const domain = join(folder, "domain");
  const folders = {
    "private dir": "private", "state directory": "state", "cache directory": "cache",
    "lock directory": "", "pid directory": "", "ncalrpc dir": "ncalrpc",
    "winbindd socket directory": "winbindd", "binddns dir": "bind-dns", "log file": "log",
  };
  return [
    "[global]",
    "netbios name = DC1",
    "realm = CORP.ACME.TEST",
    "workgroup = CORP",
    "server role = active directory domain controller",
    "server services = ldap",
    ...Object.entries(folders).map(([name, path]) => `${name} = ${join(domain, path)}`),
    "logging = file",
    `interfaces = ${address}/8`,
    "bind interfaces only = yes",
    "tls enabled = yes",
    `tls certfile = ${join(folder, "server.pem")}`,
    `tls keyfile = ${join(folder, "server.key")}`,
    "tls cafile =",
    "idmap_ldb:use rfc2307 = yes",
    // A test that loses its machine loses nothing.
    "ldb:nosync = yes",
    ...more,
    "",
  ].join("\n");
}

/** One of 4 million addresses of this machine on which no directory listens. */
async function freeAddress(): Promise<string> {
  for (;;) {
    const address = `127.${randomInt(64, 128)}.${randomInt(1, 255)}.${randomInt(1, 255)}`;
    const taken = await Promise.all([389, 636].map((port) => answersAt(address, port)));
    if (!taken.some(Boolean)) return address;
  }
}
