import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";

/**
 * Makes a folder, for its owner only unless said otherwise, and those missing above it, which
 * others may pass: as root the database's user must get through. Node's own `recursive` never
 * returns where a file system answers "no such file" for a parent that is there (`/proc`,
 * automounted homes).
 */
export async function makeFolder(path: string, mode = 0o700): Promise<void> {
  if (await make(path, mode)) return;
  await makeFolder(dirname(path), 0o755);
  await mkdir(path, { mode });
}

/** True when it is there now, false when its parent is missing. */
async function make(path: string, mode: number): Promise<boolean> {
  try {
    await mkdir(path, { mode });
    return true;
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code === "EEXIST") return true;
    if (code === "ENOENT" && dirname(path) !== path) return false;
    throw error;
  }
}
