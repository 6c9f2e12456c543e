import { spawn } from "node:child_process";
import { readlink, rm } from "node:fs/promises";
import { Socket } from "node:net";
import { join } from "node:path";

/** Watches over a throw-away stack. */
export interface Sweep {
  /** Removes the folder, and what root had to keep elsewhere, after its servers were stopped. */
  remove(): Promise<void>;
  /** The stack is to stay, or was removed already. */
  cancel(): void;
}

/**
 * `$0` is the folder. `read` returns when we say "done", or when we are gone, because then the
 * other end of its input is closed. Only processes named in the stack's own pid files are ended.
 */
const script = `
read -r word
[ "$word" = done ] && exit 0
servers=$(head -q -n 1 "$0/postgres/postmaster.pid" "$0/nats/nats.pid" \
  "$0/mariadb/mariadbd.pid" 2>/dev/null)
for pid in $servers; do kill -QUIT "$pid"; done 2>/dev/null
for turn in 1 2 3 4 5 6 7 8 9 10; do
  alive=""
  for pid in $servers; do kill -0 "$pid" 2>/dev/null && alive="$alive $pid"; done
  [ -z "$alive" ] && break
  sleep 0.5
done
for pid in $alive; do kill -KILL "$pid"; done 2>/dev/null
elsewhere=$(readlink "$0/postgres")
rm -rf "$0"
[ -n "$elsewhere" ] && rm -rf "$elsewhere"
`;

/**
 * For tests, demos and benches: once this process is gone, however it went (also by `kill -9`), a
 * small shell ends the servers of `folder` by the ids in their pid files and removes the folder.
 * Call it before the servers start. Never for a data folder that matters.
 */
export function sweepAfterDeath(folder: string): Sweep {
  const shell = spawn("/bin/sh", ["-c", script, folder], {
    cwd: "/",
    env: { PATH: "/usr/bin:/bin" },
    detached: true,
    stdio: ["pipe", "ignore", "ignore"],
  });
  // The shell may be gone already when we say "done": then there is nothing left to cancel.
  shell.stdin.on("error", () => undefined);
  // Neither the shell nor its pipe keeps us running.
  shell.unref();
  if (shell.stdin instanceof Socket) shell.stdin.unref();
  const cancel = () => void shell.stdin.end("done\n");
  const remove = async () => {
    const elsewhere = await readlink(join(folder, "postgres")).catch(() => undefined);
    await rm(folder, { recursive: true, force: true });
    if (elsewhere) await rm(elsewhere, { recursive: true, force: true });
    cancel();
  };
  return { remove, cancel };
}
