import type {
  ChangeBatch, Connector, ConnectorDeparture, ConnectorMember, ConnectorObject, ConnectorSkip,
} from "../connector.js";
import { signal } from "./directory.fixture.js";

/** What a report says, put together. */
export interface Report {
  readonly objects: readonly ConnectorObject[];
  readonly gone: readonly ConnectorDeparture[];
  readonly added: readonly ConnectorMember[];
  readonly removed: readonly ConnectorMember[];
  readonly whole: readonly string[];
  readonly skips: readonly ConnectorSkip[];
  readonly token: string;
}

export async function reportOf({ changes }: Connector, token: string): Promise<Report> {
  const batches: ChangeBatch[] = [];
  for await (const batch of changes?.changes(token, { signal, batchSizeMax: 50 }) ?? []) {
    batches.push(batch);
  }
  return {
    objects: batches.flatMap((batch) => (batch.type === "objects" ? batch.objects : [])),
    gone: batches.flatMap((batch) => (batch.type === "gone" ? batch.gone : [])),
    added: batches.flatMap((batch) => (batch.type === "members" ? batch.added : [])),
    removed: batches.flatMap((batch) => (batch.type === "members" ? batch.removed : [])),
    whole: batches.flatMap((batch) => (batch.type === "wholeMembers" ? batch.groups : [])),
    skips: batches.flatMap((batch) => (batch.type === "skips" ? batch.skips : [])),
    token: batches.findLast((batch) => batch.type === "token")?.token ?? "",
  };
}

/** The position of now. */
export async function begin({ changes }: Connector): Promise<string> {
  return (await changes?.begin(signal))?.token ?? "";
}
