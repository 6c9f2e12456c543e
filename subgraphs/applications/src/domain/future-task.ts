/** The delete of an account that is to come, by a rule. */
export interface FutureTask {
  /** The account's. */
  readonly id: string;
  readonly applicationId: string;
  readonly identityId: string | null;
  readonly accountName: string;
  readonly dueAt: Date;
  readonly plannedAt: Date;
  /** A person wants the account to stay; null: it will be. */
  readonly cancelledAt: Date | null;
}
