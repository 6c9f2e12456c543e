import { JoineryError, permit, type Role } from "@joinery/kit";
import { decideChange, type Operator, type OperatorChange } from "../domain/operator.js";
import { accept, refuse, type Outcome } from "../domain/refusal.js";
import type { Caller, Deps } from "./ports.js";

/** Answers OPERATOR_NOT_FOUND, LAST_OWNER. Effective with the operator's next request. */
export async function setOperatorRole(
  deps: Deps,
  by: Caller,
  input: { readonly operatorId: string; readonly role: Role },
): Promise<Outcome<Operator>> {
  return change(deps, by, "operator.setRole", input.operatorId, { role: input.role });
}

/** Ends every session of the operator here. Answers OPERATOR_NOT_FOUND, LAST_OWNER. Idempotent. */
export async function disableOperator(
  deps: Deps,
  by: Caller,
  input: { readonly operatorId: string },
): Promise<Outcome<Operator>> {
  return change(deps, by, "operator.disable", input.operatorId, { state: "disabled" });
}

const triesMax = 5;

/** Decided on a view that must still hold when it is written; otherwise decided again. */
async function change(
  deps: Deps,
  by: Caller,
  action: string,
  id: string,
  wanted: Partial<OperatorChange>,
): Promise<Outcome<Operator>> {
  const { tenant } = permit(by.actor, "operator:write");
  const target = { kind: "operator", id } as const;
  for (let tries = 0; tries < triesMax; tries += 1) {
    const view = await deps.operators.view(tenant, id);
    const decision = decideChange(view, wanted);
    if (!view || !decision.ok) {
      const refused = decision.ok ? refuse("OPERATOR_NOT_FOUND") : decision;
      const told = { tenant, action, target, refusal: refused.error.code };
      if (view) await deps.recorder.write(await deps.recorder.prepare(by, told));
      return refused;
    }
    const before = { role: view.role, state: view.state };
    const { value } = decision;
    const same = value.role === before.role && value.state === before.state;
    const trail = same
      ? []
      : await deps.recorder.prepare(by, { tenant, action, target, before, after: { ...value } });
    const now = deps.clock();
    if (same || (await deps.operators.change(tenant, id, view, value, now, trail))) {
      const operator = await deps.operators.find(tenant, id);
      return operator ? accept(operator) : refuse("OPERATOR_NOT_FOUND");
    }
  }
  throw new JoineryError("CONFLICT", "the operators change too fast: try again");
}
