import type { Envelope, runChanged } from "@joinery/events";
import { serviceActor, type CryptoMethods, type LaneContext } from "@joinery/kit";
import { runMail } from "../domain/run-mail.js";
import { queueMessages } from "../persistence/message-store.js";
import type { NotifyDeps } from "./ports.js";

/**
 * Owners and operators hear of a run that failed or waits for somebody; once each. Of one that
 * failed like the one before it, which nobody began, they have heard.
 */
export async function tellOfRun(
  deps: NotifyDeps,
  envelope: Envelope,
  payload: ReturnType<typeof runChanged.parse>,
  lane: LaneContext,
): Promise<"done"> {
  const isFailure = payload.state === "failed" && payload.repeated !== true;
  const tells = payload.state === "held" || isFailure;
  const recipients = tells ? await recipientsOf(deps, lane.tenant) : [];
  const mail = runMail(payload);
  await lane.commit(
    (tx) =>
      queueMessages(
        tx,
        recipients.map(({ email }) => ({
          kind: `run.${payload.state}`,
          recipient: email,
          occasion: `${envelope.id} ${email}`,
          ...mail,
        })),
      ),
    { handled: true },
  );
  return "done";
}

export function recipientsOf({ internal }: NotifyDeps, tenant: string) {
  const input = { tenant, roles: ["owner", "operator"] };
  const actor = serviceActor("notify", tenant);
  return internal.call<CryptoMethods, "listRecipients">("crypto", "listRecipients", input, actor);
}
