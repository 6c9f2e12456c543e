import type { ObjectKind } from "@joinery/engine";
import { ErrorTallies, type Counts } from "../../domain/run.js";
import { SeenNumbers } from "../../domain/seen.js";

/** About a tenth of a second of the database's time. */
const rangeRowsMax = 4_000;
const rangeUnitsMax = 16 * 1024 * 1024;

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
  /** Anchors of groups of which a report of changes gives all members. */
  readonly wholeGroups = new Set<string>();
  /** Anchors of groups that a report says are gone. */
  readonly goneGroups = new Set<string>();
  /** Something in a report may be older than what we wrote meanwhile. */
  isOvertaken = false;
  lastObject = 0;
  lastMember = 0;
  /** Place in the wave of the next event that is sealed. */
  nextEvent: number;
  /** Characters of all staged attributes together. */
  stagedUnits = 0;
  read = 0;
  unchanged = 0;
  skipped = 0;
  /** Passed over without an anchor: whoever is absent may be one of them. */
  unknown = 0;
  membersRead = 0;

  /** `nextEvent` is how many events of the wave have left: a read may follow one that was lost. */
  constructor(nextEvent: number) {
    this.nextEvent = nextEvent;
  }

  get counts(): Counts {
    const { read, unchanged, skipped, membersRead } = this;
    return { read, unchanged, skipped, membersRead, staged: this.lastObject };
  }

  /** Rows of one transaction: some thousands, fewer when they are large. */
  get rangeRows(): number {
    const unitsEach = this.stagedUnits / Math.max(1, this.lastObject);
    return Math.max(10, Math.min(rangeRowsMax, Math.floor(rangeUnitsMax / Math.max(1, unitsEach))));
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
