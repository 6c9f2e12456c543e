import type { ConnectorError, ConnectorWrite, WriteResult } from "./connector.js";

/** What a connector answers of a write that failed by itself, whatever becomes of the others. */
export function refusalOf(write: ConnectorWrite, error: ConnectorError): WriteResult {
  const { kind, code, message: reason, retryAfterMs } = error;
  return {
    id: write.id, ok: false, kind, code, reason,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  };
}
