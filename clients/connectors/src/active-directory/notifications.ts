import { ConnectorError, type ChangeHint, type Listens } from "../connector.js";
import { HintQueue } from "../hint-queue.js";
import type { LdapFilter } from "../ldap/filter.js";
import type { RawEntry } from "../ldap/messages.js";
import { LdapSession, type SignIn } from "../ldap/session.js";
import { anchorOf } from "./change-source.js";
import { domainOf } from "./configuration.js";
import { NotificationControl, ShowDeletedControl } from "./controls.js";

/** The only filter that the control allows; below the root of the domain alone, all of it. */
const everything: LdapFilter = { kind: "present", attribute: "objectClass" };

/**
 * Hears of every change in a domain. Which of them matter is not told here: a unit that moved out
 * of scope matters and lies outside of it.
 */
export class Notifications implements Listens {
  private readonly signIn: SignIn;
  private readonly domain: string;

  constructor(signIn: SignIn) {
    const { users, groups } = signIn.configuration;
    this.signIn = signIn;
    this.domain = domainOf(users?.base ?? groups?.base ?? "");
  }

  async *listen(signal: AbortSignal): AsyncGenerator<ChangeHint> {
    const session = await LdapSession.open(this.signIn, signal);
    const release = session.breakOnAbort(signal);
    const queue = new HintQueue();
    const stopAsking = this.askNowAndThen(session, queue);
    try {
      this.watch(session, queue);
      // The server takes one request after the other, so from this answer on nothing is missed.
      await session.readEntry("", ["1.1"]);
      yield { anchors: [], isMore: false };
      for (;;) yield await queue.next();
    } finally {
      stopAsking();
      release();
      await session.close();
    }
  }

  private watch(session: LdapSession, queue: HintQueue): void {
    const sink = { push: (entry: RawEntry): void => { queue.add(anchorOf(entry)); } };
    const search = {
      base: this.domain, scope: "sub", filter: everything, attributes: ["objectGUID"],
    } as const;
    // A deletion is a change that only deleted entries have.
    const controls = [new NotificationControl(), new ShowDeletedControl()];
    session.search(search, sink, { controls, isEndless: true }).then((result) => {
      session.demand("read", result, "listening for changes");
      throw new ConnectorError("retry", "CONNECTOR_UNREACHABLE", "the server stopped to tell");
    }).catch((error: unknown) => { queue.fail(error); });
  }

  /** A line that died without a word is silent like one on which nothing happens: so we ask. */
  private askNowAndThen(session: LdapSession, queue: HintQueue): () => void {
    const timer = setInterval(() => {
      session.readEntry("", ["1.1"]).catch((error: unknown) => { queue.fail(error); });
    }, this.signIn.configuration.timeouts.answerMs / 2);
    return () => { clearInterval(timer); };
  }
}
