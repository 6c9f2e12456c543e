import {
  ConnectorError, type Connector, type ConnectorMember, type ConnectorObject, type ConnectorSkip,
} from "../connector.js";

/** What a read gave before it ended, and how it ended. */
export interface ReadOutcome {
  readonly objects: ConnectorObject[];
  readonly members: ConnectorMember[];
  readonly skips: ConnectorSkip[];
  readonly error?: ConnectorError;
}

/** Reads everything. A ConnectorError is part of the outcome; anything else is thrown. */
export async function readAll(connector: Connector, batchSizeMax = 100): Promise<ReadOutcome> {
  const outcome = {
    objects: [] as ConnectorObject[],
    members: [] as ConnectorMember[],
    skips: [] as ConnectorSkip[],
  };
  const signal = new AbortController().signal;
  try {
    for await (const batch of connector.reads?.read({ signal, batchSizeMax }) ?? []) {
      if (batch.type === "objects") outcome.objects.push(...batch.objects);
      else if (batch.type === "members") outcome.members.push(...batch.members);
      else outcome.skips.push(...batch.skips);
    }
    return outcome;
  } catch (error) {
    if (error instanceof ConnectorError) return { ...outcome, error };
    throw error;
  }
}
