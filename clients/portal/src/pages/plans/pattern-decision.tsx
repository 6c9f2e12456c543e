import { Button, Group, Stack, Text } from "@mantine/core";
import {
  approvePlanDocument,
  JoineryApiError,
  planPatternDocument,
  planPatternRootDocument,
  rejectPlanDocument,
  type ApplicationDetailsFragment,
  type PlanPatternDetailsFragment,
} from "@joinery/sdk";
import { useMutation } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { ask } from "../../app/client.js";
import { useChange } from "../../app/queries.js";
import { Dialog } from "../../parts/dialog.js";
import { Notice } from "../../parts/notice.js";
import { Said } from "../../parts/problem.js";
import { useMay } from "../../shell/viewer.js";
import { PatternSample } from "./pattern-sample.js";

interface PatternDecisionProps {
  readonly application: ApplicationDetailsFragment;
  readonly digest: string;
}

/** Approves or rejects one pattern, as it is when somebody is asked about it. */
export function PatternDecision(props: PatternDecisionProps) {
  if (!useMay("plan:approve")) return null;
  return <><Decide {...props} verb="approve" /><Decide {...props} verb="reject" /></>;
}

type Verb = "approve" | "reject";

function Decide({ application, digest, verb }: PatternDecisionProps & { readonly verb: Verb }) {
  const { t } = useTranslation();
  const look = useLook(application.id, digest);
  const approve = useChange(approvePlanDocument, (data) => data.approvePlan);
  const reject = useChange(rejectPlanDocument, (data) => data.rejectPlan);
  const change = verb === "approve" ? approve : reject;
  const close = () => {
    look.reset();
    change.reset();
  };
  const error = look.error ?? change.error;
  const act = () => change.mutate(
    { input: { applicationId: application.id, pattern: digest, root: look.data?.root ?? "" } },
    { onSuccess: close },
  );
  return (
    <>
      <Button variant="default" loading={look.isPending} onClick={() => look.mutate()}>
        {t(`plans.${verb}`)}
      </Button>
      <Dialog
        title={t(`plans.${verb}Title`, { count: look.data?.pattern.items ?? 0 })}
        isOpen={look.isSuccess || look.isError}
        onClose={close}
      >
        <Stack gap="md">
          {look.data && <PatternSample of={look.data.pattern} />}
          <Text size="sm">{t(`plans.${verb}Text`, { application: application.name })}</Text>
          {error && <Notice tone="bad" isUrgent><Said error={error} /></Notice>}
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={close}>{t("actions.cancel")}</Button>
            {look.data && (
              <Button
                {...(verb === "reject" ? { color: "red.9" } : {})}
                loading={change.isPending}
                onClick={act}
                data-autofocus
              >
                {t(`plans.${verb}`)}
              </Button>
            )}
          </Group>
        </Stack>
      </Dialog>
    </>
  );
}

interface Looked {
  readonly root: string;
  readonly pattern: PlanPatternDetailsFragment;
}

/** Its root first, then what is shown of it: what came between is refused with PLAN_MOVED. */
function useLook(applicationId: string, digest: string) {
  return useMutation({
    mutationFn: async (): Promise<Looked> => {
      const variables = { applicationId, digest };
      const before = await ask(planPatternRootDocument, variables);
      const after = await ask(planPatternDocument, variables);
      const root = before.application?.plan.pattern?.root;
      const pattern = after.application?.plan.pattern;
      if (root === undefined || !pattern) {
        throw new JoineryApiError("PLAN_EMPTY", "nothing of this pattern waits");
      }
      return { root, pattern };
    },
  });
}
