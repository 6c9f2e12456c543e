/** That an entry changed, as the server tells it. */
export interface EntryChange {
  /** What the server knows it by, see `EntryIds`. */
  readonly id: string;
  readonly isDeleted: boolean;
  /** Whether it may bear another name, so that all below it bear others too. */
  readonly mayBeRenamed: boolean;
  /** Whether there is surely something below it, even where it is one whom we read. */
  readonly isParent?: boolean;
  /** Names of members who came and went, where nothing else changed. */
  readonly members?: { readonly added: readonly string[]; readonly removed: readonly string[] };
}

/** What changed, as far as one answer tells it. */
export interface EntryChanges {
  readonly changes: readonly EntryChange[];
  /** Names of entries that changed and whose id we may not read. */
  readonly nameless: readonly string[];
}
