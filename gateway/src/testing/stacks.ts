import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { markOf, sweepAfterDeath } from "@joinery/kit/services";
import { ask, type Asked } from "./small-edge.js";

/** A data folder for a test; everything in it is ended and removed when the test process dies. */
export async function temporaryDataFolder(): Promise<{ folder: string; remove(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), "joinery-stack-"));
  const sweep = sweepAfterDeath(folder);
  return {
    folder,
    remove: async () => {
      await rm(folder, { recursive: true, force: true });
      sweep.cancel();
    },
  };
}

/** Signs in as a person would; the whole answer. */
export function signIn(
  url: string,
  email: string,
  password: string,
  headers: Record<string, string> = {},
): Promise<Asked> {
  const query = `mutation ($input: SignInInput!) {
    signIn(input: $input) { token viewer { operator { email } } errors { code } }
  }`;
  return ask(url, query, { variables: { input: { email, password } }, headers });
}

/** The session's token. Throws what the answer was when there is none. */
export async function tokenOf(url: string, email: string, password: string): Promise<string> {
  const answer = await signIn(url, email, password);
  const payload = answer.data?.["signIn"] as { token: string | null } | undefined;
  if (!payload?.token) throw new Error(`no token: ${answer.text}`);
  return payload.token;
}

/** The signed-in person's address, or the code of the refusal. */
export async function viewerOf(url: string, token: string): Promise<string | undefined> {
  const answer = await ask(url, "{ viewer { operator { email } } }", { token });
  const viewer = answer.data?.["viewer"] as { operator: { email: string } } | null | undefined;
  return viewer?.operator.email ?? answer.code;
}

/** Tries until `check` holds. Throws the last failure after the time. */
export async function eventually<T>(check: () => Promise<T>, withinMs = 60_000): Promise<T> {
  const giveUpAt = performance.now() + withinMs;
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (performance.now() > giveUpAt) throw error;
    }
    await delay(50);
  }
}

/** Files of the folder, at any depth, whose text has one of the words. */
export async function filesWith(folder: string, words: readonly string[]): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const found: string[] = [];
  for (const entry of entries.filter((each) => each.isFile())) {
    const text = await readFile(join(entry.parentPath, entry.name), "utf8");
    if (words.some((word) => text.includes(word))) found.push(entry.name);
  }
  return found;
}

/** Not for one that has ended and is only not reaped yet. */
export function isRunning(pid: number | undefined): boolean {
  return pid !== undefined && markOf(pid) !== undefined;
}
