import type { applicationHealthChanged, Envelope } from "@joinery/events";
import type { LaneContext } from "@joinery/kit";
import { healthMail } from "../domain/health-mail.js";
import { queueMessages } from "../persistence/message-store.js";
import type { NotifyDeps } from "./ports.js";
import { recipientsOf } from "./tell-of-run.js";

/** Owners and operators hear of an application that is left alone or well again; once each. */
export async function tellOfHealth(
  deps: NotifyDeps,
  envelope: Envelope,
  payload: ReturnType<typeof applicationHealthChanged.parse>,
  lane: LaneContext,
): Promise<"done"> {
  const recipients = await recipientsOf(deps, lane.tenant);
  const mail = healthMail(payload);
  await lane.commit(
    (tx) =>
      queueMessages(
        tx,
        recipients.map(({ email }) => ({
          kind: `application.${payload.state}`,
          recipient: email,
          occasion: `${envelope.id} ${email}`,
          ...mail,
        })),
      ),
    { handled: true },
  );
  return "done";
}
