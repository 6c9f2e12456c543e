/** One changed object: what it was, what it is, who did it and why. */
export interface NewEntry {
  readonly at: string;
  readonly objectKind: string;
  readonly objectId: string;
  readonly identityId: string | null;
  readonly applicationId: string | null;
  readonly runId: string | null;
  readonly operation: string;
  readonly before: Readonly<Record<string, unknown>> | null;
  readonly after: Readonly<Record<string, unknown>> | null;
  readonly because: readonly string[];
  readonly actor: { readonly kind: string; readonly id: string };
  readonly eventId: string;
  readonly trace: string | null;
}

export interface Entry extends NewEntry {
  /** Dense within the organisation, in the order in which entries were written. */
  readonly position: number;
}

export interface EntryFilter {
  /** The identity itself, its accounts and its memberships. */
  readonly identityId?: string;
  readonly objectId?: string;
  readonly runId?: string;
  readonly objectKind?: string;
  readonly from?: Date;
  readonly to?: Date;
}

/** Of an object's attributes those that changed: before as told, after from its full state. */
export function changesOf(
  before: Readonly<Record<string, unknown>> | null,
  attributes: Readonly<Record<string, unknown>>,
): Pick<NewEntry, "before" | "after"> {
  if (before === null) return { before: null, after: attributes };
  const after: Record<string, unknown> = {};
  for (const name of Object.keys(before)) after[name] = attributes[name] ?? null;
  return { before, after };
}
