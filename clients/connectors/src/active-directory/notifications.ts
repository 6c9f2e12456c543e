import type { ChangeHint, Listens } from "../connector.js";
import { guidIds } from "../ldap/entry-ids.js";
import type { LdapFilter } from "../ldap/filter.js";
import { hear, type Ear } from "../ldap/hearing.js";
import type { RawEntry } from "../ldap/messages.js";
import type { LdapSession, SignIn } from "../ldap/session.js";
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

  listen(signal: AbortSignal): AsyncGenerator<ChangeHint> {
    return hear(this.signIn, signal, (session, ear) => this.watch(session, ear));
  }

  private async watch(session: LdapSession, ear: Ear): Promise<void> {
    const sink = { push: (entry: RawEntry): void => { ear.add(guidIds.of(entry)); } };
    const search = {
      base: this.domain, scope: "sub", filter: everything, attributes: ["objectGUID"],
    } as const;
    // A deletion is a change that only deleted entries have.
    const controls = [new NotificationControl(), new ShowDeletedControl()];
    void ear.keep(session.search(search, sink, { controls, isEndless: true }));
    // The server takes one request after the other, so from this answer on nothing is missed.
    await session.readEntry("", ["1.1"]);
  }
}
