import {
  approvePlanDocument,
  rejectPlanDocument,
  type ApplicationDetailsFragment,
  type PlanDecisionInput,
} from "@joinery/sdk";
import { useTranslation } from "react-i18next";
import { useChange } from "../../app/queries.js";
import { Confirm } from "../../parts/confirm.js";
import { useMay } from "../../shell/viewer.js";

interface DecisionProps {
  readonly application: ApplicationDetailsFragment;
  readonly count: number;
  /** Just what was looked at: the whole plan or a pattern by its root, or changes by hash. */
  readonly choice: Omit<PlanDecisionInput, "applicationId">;
  readonly isAll?: boolean;
  /** What was meant is decided. */
  readonly onDone?: () => void;
}

/** Approves or rejects what somebody looked at, after asking once more. */
export function Decision({ application, count, choice, isAll = false, onDone }: DecisionProps) {
  const { t } = useTranslation();
  const mayApprove = useMay("plan:approve");
  const approve = useChange(approvePlanDocument, (data) => data.approvePlan);
  const reject = useChange(rejectPlanDocument, (data) => data.rejectPlan);
  if (!mayApprove) return null;
  const input = { applicationId: application.id, ...choice };
  return (
    <>
      <Confirm
        label={t(isAll ? "plans.approveAll" : "plans.approve")}
        variant="filled"
        title={t("plans.approveTitle", { count })}
        text={t("plans.approveText", { application: application.name })}
        act={() => approve.mutateAsync({ input }).then(onDone)}
        isBusy={approve.isPending}
        error={approve.error}
      />
      <Confirm
        label={t(isAll ? "plans.rejectAll" : "plans.reject")}
        title={t("plans.rejectTitle", { count })}
        text={t("plans.rejectText")}
        isGrave
        act={() => reject.mutateAsync({ input }).then(onDone)}
        isBusy={reject.isPending}
        error={reject.error}
      />
    </>
  );
}
