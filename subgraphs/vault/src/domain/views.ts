import type { Value } from "@joinery/engine";

/** An identity as people read it. */
export interface IdentityView {
  readonly id: string;
  readonly kind: string;
  readonly label: string;
  readonly attributes: Readonly<Record<string, Value>>;
  readonly origins: Readonly<Record<string, string>>;
  readonly classification: number;
  readonly revision: number;
  readonly state: string;
  readonly updatedAt: Date;
}

export interface IdentityFilter {
  readonly kind?: string;
  /** Beginning of the label, whatever its case. */
  readonly search?: string;
  readonly classification?: number;
}

/** An account and the identity it is joined to, or why it is not. */
export interface JoinView {
  readonly accountId: string;
  readonly applicationId: string;
  readonly identityId: string | null;
  readonly anchor: string;
  readonly name: string;
  readonly state: string;
  readonly situation: string;
  readonly joinKind: string;
  readonly joinRule: string | null;
  readonly candidates: readonly string[] | null;
  readonly failure: { readonly code: string; readonly mapper: string } | null;
}
