import { spawn } from "node:child_process";
import { Socket } from "node:net";

/** Watches over a throw-away stack; `cancel` when it was ended and removed in order. */
export interface Sweep {
  cancel(): void;
}

/**
 * `$0` is the folder. `read` returns when we say "done", or when we are gone, because then the
 * other end of its input is closed. Only processes named in the stack's own pid files are ended.
 */
const script = `
read -r word
[ "$word" = done ] && exit 0
servers=$(head -q -n 1 "$0/postgres/postmaster.pid" "$0/nats/nats.pid" 2>/dev/null)
for pid in $servers; do kill -QUIT "$pid"; done 2>/dev/null
for turn in 1 2 3 4 5 6 7 8 9 10; do
  alive=""
  for pid in $servers; do kill -0 "$pid" 2>/dev/null && alive="$alive $pid"; done
  [ -z "$alive" ] && break
  sleep 0.5
done
for pid in $alive; do kill -KILL "$pid"; done 2>/dev/null
rm -rf "$0"
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
  return { cancel: () => shell.stdin.end("done\n") };
}
