import type { ObjectKind } from "@joinery/engine";
import { ErrorTallies, type Counts } from "../../domain/run.js";
import { SeenNumbers } from "../../domain/seen.js";

/** What a read met so far. One read has one of it; nothing of it outlives a crash. */
export class ReadTally {
  readonly errors = new ErrorTallies();
  readonly accounts = new SeenNumbers();
  readonly members = new SeenNumbers();
  /** Known accounts whose anchor the source shows more than once. */
  readonly duplicates: Readonly<Record<ObjectKind, Set<string>>> = {
    user: new Set(),
    group: new Set(),
  };
  /** Groups whose own row was passed over: nobody knows their members. */
  readonly unreadGroups = new Set<number>();
  lastObject = 0;
  lastMember = 0;
  read = 0;
  unchanged = 0;
  skipped = 0;
  /** Passed over without an anchor: whoever is absent may be one of them. */
  unknown = 0;
  membersRead = 0;

  get counts(): Counts {
    const { read, unchanged, skipped, membersRead } = this;
    return { read, unchanged, skipped, membersRead, staged: this.lastObject };
  }

  /** An object that is there and is not used: it is neither changed nor gone. */
  pass(object: string, code: string, reason: string): void {
    this.skipped += 1;
    this.errors.add(code, object, reason);
  }

  protect(known: readonly { readonly number: number; readonly kind: ObjectKind }[]): void {
    for (const { number, kind } of known) {
      this.accounts.add(number);
      if (kind === "group") this.unreadGroups.add(number);
    }
  }
}
