import { Button, Group, Stack, Text } from "@mantine/core";
import {
  applicationSchedulesDocument,
  pauseScheduleDocument,
  resumeScheduleDocument,
  type ScheduleDetailsFragment,
} from "@joinery/sdk";
import { useTranslation } from "react-i18next";
import { useChange, useGraph } from "../../app/queries.js";
import { useFormats } from "../../parts/formats.js";
import { Answer, Panel } from "../../parts/page.js";
import { Said } from "../../parts/problem.js";
import { Status } from "../../parts/status.js";
import { useWord } from "../../parts/words.js";
import { useMay } from "../../shell/viewer.js";

/** When runs of an application begin by themselves. */
export function Schedules({ applicationId }: { readonly applicationId: string }) {
  const { t } = useTranslation();
  const query = useGraph(
    applicationSchedulesDocument, { id: applicationId }, { every: () => 10_000 },
  );
  return (
    <Panel title={t("schedules.title")}>
      <Answer of={query}>
        {({ application }) => {
          const schedules = application?.schedules ?? [];
          if (schedules.length === 0) {
            return <Text size="sm" c="dimmed">{t("schedules.none")}</Text>;
          }
          return (
            <Stack gap="sm">
              {schedules.map((one) => <Schedule key={one.direction} of={one} />)}
            </Stack>
          );
        }}
      </Answer>
    </Panel>
  );
}

function Schedule({ of: schedule }: { readonly of: ScheduleDetailsFragment }) {
  const { t } = useTranslation();
  const word = useWord();
  const { direction, paused, cron, timeZone, everyMinutes } = schedule;
  const when = cron === null
    ? t("schedules.everyMinutes", { count: everyMinutes ?? 0 })
    : t("schedules.cron", { cron, timeZone });
  return (
    <Group justify="space-between" wrap="nowrap" align="flex-start">
      <div>
        <Text size="sm" component="div">
          <Status tone={paused ? "idle" : "good"}>
            {word("schedules.directions", direction)}: {when}
          </Status>
        </Text>
        <Text size="xs" c="dimmed" pl="md"><Times of={schedule} /></Text>
      </div>
      <Pause of={schedule} />
    </Group>
  );
}

function Times({ of: { paused, nextAt, lastAt, lastOutcome } }: {
  readonly of: ScheduleDetailsFragment;
}) {
  const { t } = useTranslation();
  const { time } = useFormats();
  const word = useWord();
  const next = nextAt === null ? t("schedules.never") : t("schedules.next", { time: time(nextAt) });
  const last = lastAt === null ? [] : [t("schedules.last", { time: time(lastAt) })];
  const outcome = lastOutcome === null ? [] : [word("schedules.outcomes", lastOutcome)];
  return <>{[paused ? t("schedules.paused") : next, ...last, ...outcome].join(" · ")}</>;
}

function Pause({ of: { applicationId, direction, paused } }: {
  readonly of: ScheduleDetailsFragment;
}) {
  const { t } = useTranslation();
  const mayWrite = useMay("application:write");
  const pause = useChange(pauseScheduleDocument, (data) => data.pauseSchedule);
  const resume = useChange(resumeScheduleDocument, (data) => data.resumeSchedule);
  const change = paused ? resume : pause;
  if (!mayWrite) return null;
  return (
    <div>
      <Button
        variant="default"
        loading={change.isPending}
        onClick={() => change.mutate({ applicationId, direction })}
      >
        {t(paused ? "schedules.resume" : "schedules.pause")}
      </Button>
      {change.error && <Text size="xs" role="alert"><Said error={change.error} /></Text>}
    </div>
  );
}
