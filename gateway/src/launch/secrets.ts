import { generateKeyPairSync, randomBytes } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { JoineryError, serviceNames, type ServiceName, type ServicePasswords } from "@joinery/kit";
import { readIfThere, writePrivate } from "@joinery/kit/services";

export type DatabasePasswords = Readonly<Record<ServiceName, ServicePasswords>>;

export interface Secrets {
  readonly internalKeyFile: string;
  readonly masterKeyFile: string;
  readonly passwords: DatabasePasswords;
}

/**
 * What must never be lost or read by others: made once, each file 0600 in a folder 0700. Throws
 * DATA_FOLDER_DAMAGED for a file that is not what was written.
 */
export async function keepSecrets(dataFolder: string): Promise<Secrets> {
  const folder = join(dataFolder, "secrets");
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const internalKeyFile = internalKeyFileOf(dataFolder);
  const masterKeyFile = join(folder, "master-key");
  await once(internalKeyFile, newInternalKey);
  await once(masterKeyFile, () => randomBytes(32).toString("base64"));
  const passwordsFile = join(folder, "database-passwords.json");
  const passwords = parsePasswords(passwordsFile, await once(passwordsFile, newPasswords));
  return { internalKeyFile, masterKeyFile, passwords };
}

/** What proves to our processes that a call is ours. */
export function internalKeyFileOf(dataFolder: string): string {
  return join(dataFolder, "secrets", "internal-key.json");
}

/** The file's text; written first where it is missing. */
async function once(file: string, make: () => string): Promise<string> {
  const found = await readIfThere(file);
  if (found !== undefined) return found;
  const made = `${make()}\n`;
  await writePrivate(file, made);
  return made;
}

/** Ed25519 (RFC 8037) private JWK. */
function newInternalKey(): string {
  const { privateKey } = generateKeyPairSync("ed25519");
  return JSON.stringify(privateKey.export({ format: "jwk" }));
}

function newPasswords(): string {
  const password = () => randomBytes(24).toString("base64url");
  const pairs = serviceNames.map((name) => [name, { owner: password(), service: password() }]);
  return JSON.stringify(Object.fromEntries(pairs), null, 2);
}

function parsePasswords(file: string, content: string): DatabasePasswords {
  const wrong = (cause?: unknown) =>
    new JoineryError("DATA_FOLDER_DAMAGED", `${file} is damaged: restore it`, {}, { cause });
  try {
    const passwords = JSON.parse(content) as Partial<DatabasePasswords>;
    const whole = serviceNames.every((name) => passwords[name]?.owner && passwords[name].service);
    if (whole) return passwords as DatabasePasswords;
  } catch (cause) {
    throw wrong(cause);
  }
  throw wrong();
}
