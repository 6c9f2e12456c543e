import { join } from "node:path";
import { JoineryError } from "@joinery/kit";
import { readIfThere, writePrivate } from "@joinery/kit/services";

/** Sign-in of an owner, as it was made; the password holds until the owner changes it. */
export interface OwnerCredentials {
  /** Short name of the organisation. */
  readonly organisation: string;
  readonly email: string;
  readonly password: string;
}

export function credentialsFile(dataFolder: string): string {
  return join(dataFolder, "owner-credentials.json");
}

/** Readable by the owner of the data folder only. */
export async function keepCredentials(dataFolder: string, kept: OwnerCredentials): Promise<void> {
  await writePrivate(credentialsFile(dataFolder), `${JSON.stringify(kept, null, 2)}\n`);
}

/**
 * Keeps what was made later, in the file of the first owner when it is theirs, else in one of the
 * organisation. Answers the file.
 */
export async function keepMore(dataFolder: string, kept: OwnerCredentials): Promise<string> {
  const { organisation, email } = kept;
  const first = await readCredentials(dataFolder).catch(() => undefined);
  const isFirst = first?.organisation === organisation
    && first.email.toLowerCase() === email.toLowerCase();
  if (isFirst) {
    await keepCredentials(dataFolder, kept);
    return credentialsFile(dataFolder);
  }
  const file = join(dataFolder, `owner-credentials-${organisation}.json`);
  await writePrivate(file, `${JSON.stringify(kept, null, 2)}\n`);
  return file;
}

/** Nothing when the file is not there (any more). Throws DATA_FOLDER_DAMAGED. */
export async function readCredentials(dataFolder: string): Promise<OwnerCredentials | undefined> {
  const file = credentialsFile(dataFolder);
  const content = await readIfThere(file);
  if (content === undefined) return undefined;
  const damaged = (cause?: unknown) => {
    const message = `${file} is damaged: delete it if you know the password`;
    return new JoineryError("DATA_FOLDER_DAMAGED", message, {}, { cause });
  };
  try {
    const kept = JSON.parse(content) as Partial<OwnerCredentials>;
    const { organisation, email, password } = kept;
    if (organisation && email && password) return { organisation, email, password };
  } catch (cause) {
    throw damaged(cause);
  }
  throw damaged();
}
