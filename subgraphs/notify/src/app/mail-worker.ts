import type { Worker } from "@joinery/kit";
import type { NotifyDeps } from "./ports.js";
import { dueTenants, sendDue } from "./send-mail.js";

const pauseMs = 1_000;

/** Sends due mail while it runs; without a mail server there is nothing to do. */
export function mailWorker(deps: NotifyDeps): Worker {
  let stopped = false;
  let wake: (() => void) | undefined;
  let running: Promise<void> = Promise.resolve();
  const loop = async () => {
    while (!stopped && deps.mailer) {
      try {
        for (const tenant of await dueTenants(deps)) {
          if (!stopped) await sendDue(deps, deps.mailer, tenant);
        }
      } catch (error) {
        deps.log.error("mail is not sent for now", error);
      }
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, stopped ? 0 : pauseMs);
        wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  };
  return {
    name: "notify.mail",
    start: () => {
      running = loop();
      return Promise.resolve();
    },
    stop: async () => {
      stopped = true;
      wake?.();
      await running;
      deps.mailer?.close();
    },
  };
}
