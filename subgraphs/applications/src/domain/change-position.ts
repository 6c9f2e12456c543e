/** Up to where the changes of an application are imported. */
export interface ChangePosition {
  /** The connector's own, opaque. */
  readonly token: string;
  /** False where the system may not tell of deletions: then only full reads find them. */
  readonly reportsDeletions: boolean;
}
