import { Button, Code, Text } from "@mantine/core";
import { auditEntriesDocument, type AuditEntryDetailsFragment } from "@joinery/sdk";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { useApplicationName } from "../../app/application-names.js";
import { useOperatorName } from "../../app/operator-names.js";
import { usePages } from "../../app/queries.js";
import { Failed } from "../../parts/failed.js";
import { Empty, Loading, Panel } from "../../parts/page.js";
import { changedNames } from "../../parts/shown-value.js";
import { At } from "../../parts/time.js";
import { Change } from "../../parts/value.js";
import { useWord } from "../../parts/words.js";
import classes from "./timeline.module.css";

/** What happened to an identity, its accounts and memberships, newest first. */
export function Timeline({ id }: { readonly id: string }) {
  const { t } = useTranslation();
  const entries = usePages(
    auditEntriesDocument, { identityId: id, first: 50 }, (data) => data.auditEntries,
  );
  return (
    <Panel flush>
      {entries.error !== null && entries.nodes.length === 0 ? (
        <Failed error={entries.error} again={entries.again} />
      ) : entries.isLoading ? <Loading /> : entries.nodes.length === 0 ? (
        <Empty>{t("identities.timelineNone")}</Empty>
      ) : (
        <ol className={classes["timeline"]}>
          {entries.nodes.map((entry) => <Entry key={entry.id} of={entry} />)}
        </ol>
      )}
      {entries.hasMore && (
        <Button variant="subtle" fullWidth loading={entries.isLoadingMore} onClick={entries.more}>
          {t("actions.more")}
        </Button>
      )}
    </Panel>
  );
}

function Entry({ of: entry }: { readonly of: AuditEntryDetailsFragment }) {
  const { t } = useTranslation();
  const nameOf = useApplicationName();
  const word = useWord();
  const { at, objectKind, operation, applicationId, runId, because, before, after } = entry;
  const what = `${word("identities.objects", objectKind)}: ${
    word("identities.operations", operation.replaceAll(".", "_"))}`;
  return (
    <li className={classes["entry"]}>
      <Text size="xs" c="dimmed" component="div"><At at={at} /></Text>
      <div>
        <Text size="sm" component="div">
          <strong>{what}</strong>
          {applicationId && ` ${t("identities.inApplication", {
            application: nameOf(applicationId),
          })}`}
          {" "}<Who of={entry} />
          {runId && (
            <> · <Link to="/runs/$id" params={{ id: runId }}>{t("identities.run")}</Link></>
          )}
        </Text>
        {changedNames(before, after).map((name) => (
          <Text key={name} size="sm" className={classes["change"] ?? ""}>
            <span className={classes["name"]}>{word("identities.names", name)}</span>
            <Change from={before?.[name]} to={after?.[name]} />
          </Text>
        ))}
        {because.length > 0 && (
          <Text size="xs" c="dimmed">
            {t("identities.because")}{" "}
            {because.map((each) => <Code key={each} mr={4}>{each}</Code>)}
          </Text>
        )}
      </div>
    </li>
  );
}

function Who({ of: { actorKind, actorId } }: { readonly of: AuditEntryDetailsFragment }) {
  const { t } = useTranslation();
  const word = useWord();
  const nameOf = useOperatorName();
  const who = actorKind === "person" ? nameOf(actorId) : undefined;
  return <>{t("identities.by", { who: who ?? word("identities.actors", actorKind) })}</>;
}
