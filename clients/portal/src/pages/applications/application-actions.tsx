import { Button } from "@mantine/core";
import {
  checkApplicationDocument,
  resumeApplicationDocument,
  startRunDocument,
  stopApplicationDocument,
  type ApplicationDetailsFragment,
} from "@joinery/sdk";
import { useNavigate } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { useChange } from "../../app/queries.js";
import { Confirm } from "../../parts/confirm.js";
import { Dialog } from "../../parts/dialog.js";
import { Icon } from "../../parts/icons.js";
import { Notice } from "../../parts/notice.js";
import { Problem, Said } from "../../parts/problem.js";
import { useMay } from "../../shell/viewer.js";

interface ActionsProps {
  readonly of: ApplicationDetailsFragment;
}

/** What can be done with an application, as far as whoever looks may. */
export function ApplicationActions({ of: application }: ActionsProps) {
  const mayWrite = useMay("application:write");
  const mayStart = useMay("run:start");
  return (
    <>
      {mayWrite && <Check of={application} />}
      {mayWrite && (application.stopped ? <Resume of={application} /> : <Stop of={application} />)}
      {mayStart && <Start of={application} />}
    </>
  );
}

function Check({ of: { id } }: ActionsProps) {
  const { t } = useTranslation();
  const check = useChange(checkApplicationDocument, (data) => data.checkApplication);
  const connection = check.data?.connection;
  return (
    <>
      <Button
        variant="default"
        leftSection={<Icon name="link" size={16} />}
        loading={check.isPending}
        onClick={() => check.mutate({ id })}
      >
        {t("applications.check")}
      </Button>
      <Dialog
        isOpen={check.isSuccess || check.isError}
        onClose={check.reset}
        title={t("applications.check")}
      >
        {check.error && <Notice tone="bad"><Said error={check.error} /></Notice>}
        {connection && (
          <Notice
            tone={connection.ok ? "good" : "bad"}
            title={t(connection.ok ? "applications.connectionOk" : "applications.connectionBad")}
          >
            {!connection.ok && <Problem code={connection.code} reason={connection.reason} />}
          </Notice>
        )}
      </Dialog>
    </>
  );
}

function Stop({ of: { id, name } }: ActionsProps) {
  const { t } = useTranslation();
  const stop = useChange(stopApplicationDocument, (data) => data.stopApplication);
  return (
    <Confirm
      label={t("applications.stop")}
      icon={<Icon name="stop" size={16} />}
      title={t("applications.stopTitle", { name })}
      text={t("applications.stopText", { name })}
      isGrave
      act={() => stop.mutateAsync({ id })}
      isBusy={stop.isPending}
      error={stop.error}
    />
  );
}

function Resume({ of: { id, name } }: ActionsProps) {
  const { t } = useTranslation();
  const resume = useChange(resumeApplicationDocument, (data) => data.resumeApplication);
  return (
    <Confirm
      label={t("applications.resume")}
      icon={<Icon name="play" size={16} />}
      title={t("applications.resumeTitle", { name })}
      text={t("applications.resumeText", { name })}
      act={() => resume.mutateAsync({ id })}
      isBusy={resume.isPending}
      error={resume.error}
    />
  );
}

function Start({ of: { id } }: ActionsProps) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const start = useChange(startRunDocument, (data) => data.startRun);
  const begin = () => start.mutate({ applicationId: id }, {
    onSuccess: ({ run }) => {
      if (run) void navigate({ to: "/runs/$id", params: { id: run.id } });
    },
  });
  return (
    <>
      <Button
        leftSection={<Icon name="runs" size={16} />}
        loading={start.isPending}
        onClick={begin}
      >
        {t("applications.start")}
      </Button>
      <Dialog isOpen={start.isError} onClose={start.reset} title={t("applications.start")}>
        <Notice tone="bad"><Said error={start.error} /></Notice>
      </Dialog>
    </>
  );
}
