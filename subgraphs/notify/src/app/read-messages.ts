import { fromCursor, pageSize, permit, type Actor } from "@joinery/kit";
import type { Message } from "../domain/message.js";
import { pageMessages } from "../persistence/message-store.js";
import type { NotifyDeps } from "./ports.js";

/** Newest first; one more than `first` when others follow. */
export async function listMessages(
  { door }: NotifyDeps,
  actor: Actor,
  first: number,
  after: string | null,
): Promise<Message[]> {
  const { tenant } = permit(actor, "notification:read");
  const position = after === null ? null : (fromCursor(after, 2) as [string, string]);
  return door.withTenant(tenant, (tx) => pageMessages(tx, pageSize(first), position));
}
