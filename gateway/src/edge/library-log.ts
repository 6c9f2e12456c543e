import type { Log } from "@joinery/kit";

/** What the graph libraries have to say, as lines of our log: their text becomes a field. */
export function libraryLog(log: Log, library: string) {
  const said = (text: unknown) => ({ library, text: String(text).slice(0, 500) });
  return {
    debug: (text?: unknown) => log.debug("a library reports", said(text)),
    info: (text?: unknown) => log.debug("a library reports", said(text)),
    warn: (text?: unknown) => log.warn("a library warns", said(text)),
    error: (text?: unknown) => log.error("a library failed", text, said(text)),
  };
}
