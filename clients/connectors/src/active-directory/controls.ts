import { Control } from "ldapts";

/** Asks for this domain alone (MS-ADTS §3.1.1.3.4.1.4): the server names no others to look at. */
export class DomainScopeControl extends Control {
  constructor() {
    super("1.2.840.113556.1.4.1339", { critical: false });
  }
}

/** Shows entries that are deleted, to those who may see them (MS-ADTS §3.1.1.3.4.1.14). */
export class ShowDeletedControl extends Control {
  constructor() {
    super("1.2.840.113556.1.4.417", { critical: true });
  }
}

/** Keeps a search open: every change of an entry is an answer (MS-ADTS §3.1.1.3.4.1.9). */
export class NotificationControl extends Control {
  constructor() {
    super("1.2.840.113556.1.4.528", { critical: true });
  }
}
