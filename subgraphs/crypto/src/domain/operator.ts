import type { Role } from "@joinery/kit";
import { accept, refuse, type Outcome } from "./refusal.js";

export type OperatorState = "active" | "disabled";

/** A person who signs in, as one organisation knows them. */
export interface Operator {
  readonly id: string;
  readonly email: string;
  readonly name: string;
  readonly role: Role;
  readonly state: OperatorState;
  readonly createdAt: Date;
}

/** What a change of one operator is decided on. */
export interface OperatorView {
  readonly role: Role;
  readonly state: OperatorState;
  /** Active owners of the organisation, this one included. */
  readonly activeOwners: number;
}

export interface OperatorChange {
  readonly role: Role;
  readonly state: OperatorState;
}

/** Answers OPERATOR_NOT_FOUND, LAST_OWNER. */
export function decideChange(
  view: OperatorView | null,
  wanted: Partial<OperatorChange>,
): Outcome<OperatorChange> {
  if (view === null) return refuse("OPERATOR_NOT_FOUND");
  const next = { role: wanted.role ?? view.role, state: wanted.state ?? view.state };
  const wasOwner = view.role === "owner" && view.state === "active";
  const staysOwner = next.role === "owner" && next.state === "active";
  if (wasOwner && !staysOwner && view.activeOwners <= 1) return refuse("LAST_OWNER");
  return accept(next);
}
