import { chmod, copyFile, open, rename } from "node:fs/promises";
import { join } from "node:path";

/** Puts a program into a folder under a name, whole or not at all. Returns its path. */
export async function installProgram(from: string, folder: string, name: string): Promise<string> {
  const path = join(folder, name);
  const temporary = `${path}.${process.pid}.tmp`;
  await copyFile(from, temporary);
  await chmod(temporary, 0o755);
  const file = await open(temporary, "r");
  try {
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(temporary, path);
  return path;
}
