import { ConnectorError, type ChangeHint } from "../connector.js";
import { HintQueue } from "../hint-queue.js";
import type { LdapResult } from "./messages.js";
import { LdapSession, type SignIn } from "./session.js";

/** Opens searches that never end; resolves once nothing is missed from there on. */
export type Watch = (session: LdapSession, ear: Ear) => Promise<void>;

/** What a watch tells what it hears. */
export interface Ear {
  /** That something changed, and with its anchor where that is known. */
  add(anchor: string | undefined): void;
  /** A search that shall not end: rejects, and ends the hearing, once it does. */
  keep(search: Promise<LdapResult>): Promise<never>;
}

/**
 * Hints for as long as the line lives, on a connection of its own. Throws ConnectorError, and the
 * signal's reason.
 */
export async function* hear(
  signIn: SignIn, signal: AbortSignal, watch: Watch,
): AsyncGenerator<ChangeHint> {
  const session = await LdapSession.open(signIn, signal);
  const release = session.breakOnAbort(signal);
  const queue = new HintQueue();
  const stopAsking = askNowAndThen(session, queue);
  try {
    await watch(session, {
      add: (anchor) => { queue.add(anchor); },
      keep: (search) => {
        const ending = search.then((result): never => {
          session.demand("read", result, "listening for changes");
          throw new ConnectorError("retry", "CONNECTOR_UNREACHABLE", "the server stopped to tell");
        });
        ending.catch((error: unknown) => { queue.fail(error); });
        return ending;
      },
    });
    yield { anchors: [], isMore: false };
    for (;;) yield await queue.next();
  } finally {
    stopAsking();
    release();
    await session.close();
  }
}

/** A line that died without a word is silent like one on which nothing happens: so we ask. */
function askNowAndThen(session: LdapSession, queue: HintQueue): () => void {
  const timer = setInterval(() => {
    session.readEntry("", ["1.1"]).catch((error: unknown) => { queue.fail(error); });
  }, session.configuration.timeouts.answerMs / 2);
  return () => { clearInterval(timer); };
}
