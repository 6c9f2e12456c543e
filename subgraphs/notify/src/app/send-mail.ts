import { definePoints } from "@joinery/events";
import { codeOf, type TenantId } from "@joinery/kit";
import { attemptsMax, isFinal, retryDelayMs } from "../domain/message.js";
import {
  claimMessage, keepClaim, markRefused, markSent, settleDue,
} from "../persistence/message-store.js";
import type { Mailer, NotifyDeps } from "./ports.js";

const point = definePoints("notify.send.before", "notify.send.after");

const claimMs = 10_000;

/** Organisations with messages that are due. */
export async function dueTenants({ door }: NotifyDeps): Promise<TenantId[]> {
  const rows = await door.withCatalogue((tx) =>
    tx.query<{ tenant: TenantId }>(
      "select tenant from joinery.notify_due where due_at <= now() order by due_at limit 100",
    ),
  );
  return rows.map((row) => row.tenant);
}

/**
 * Sends what is due of one organisation, one message after another. A refusal is noted with its
 * code and tried again later, a final one or the twelfth is given up. What a worker that died had
 * claimed is free after `leaseMs`. Answers how many were sent.
 */
export async function sendDue(
  deps: NotifyDeps,
  mailer: Mailer,
  tenant: TenantId,
  leaseMs = claimMs,
): Promise<number> {
  let sent = 0;
  for (;;) {
    const message = await deps.door.withTenant(tenant, (tx) => claimMessage(tx, leaseMs));
    if (!message) break;
    await point("notify.send.before");
    const { id, recipient: to, subject, text } = message;
    try {
      const send = () => mailer.send({ messageId: `<${id}@joinery>`, to, subject, text });
      await underClaim(deps, { tenant, id, leaseMs }, send);
      await point("notify.send.after");
      await deps.door.withTenant(tenant, (tx) => markSent(tx, id));
      sent += 1;
    } catch (error) {
      const final = isFinal(responseCodeOf(error)) || message.attempts >= attemptsMax;
      const delayMs = final ? null : retryDelayMs(message.attempts);
      deps.log.warn("mail was refused", {
        tenant,
        message: message.id,
        code: codeOf(error),
        final,
      });
      await deps.door.withTenant(tenant, (tx) =>
        markRefused(tx, message.id, codeOf(error), delayMs),
      );
    }
  }
  await deps.door.withTenant(tenant, settleDue);
  return sent;
}

/** Keeps the claim for as long as the mail server takes. */
async function underClaim(
  { door, log }: NotifyDeps,
  { tenant, id, leaseMs }: { tenant: TenantId; id: string; leaseMs: number },
  work: () => Promise<void>,
): Promise<void> {
  const beat = setInterval(() => {
    door.withTenant(tenant, (tx) => keepClaim(tx, id, leaseMs)).catch((error: unknown) => {
      log.warn("a claim could not be kept", { tenant, message: id, code: codeOf(error) });
    });
  }, leaseMs / 3);
  try {
    await work();
  } finally {
    clearInterval(beat);
  }
}

function responseCodeOf(error: unknown): number | undefined {
  const known = error as { responseCode?: unknown } | null;
  return typeof known?.responseCode === "number" ? known.responseCode : undefined;
}
