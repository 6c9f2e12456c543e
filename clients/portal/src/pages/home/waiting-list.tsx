import { Text } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { Icon } from "../../parts/icons.js";
import { Problem } from "../../parts/problem.js";
import { Status, type Tone } from "../../parts/status.js";
import { Ago } from "../../parts/time.js";
import type { Waiting } from "./waiting.js";
import classes from "./waiting-list.module.css";

const tones: Readonly<Record<Waiting["kind"], Tone>> = {
  held: "waiting", plan: "waiting", failed: "bad", quarantined: "bad", stopped: "bad",
  paused: "waiting",
  unwatched: "waiting",
};

/** Each leads to where it is decided. */
export function WaitingList({ waiting }: { readonly waiting: readonly Waiting[] }) {
  return (
    <ul className={classes["list"]}>
      {waiting.map((one) => (
        <li key={`${one.kind} ${one.application.id}`}><WaitingLink one={one} /></li>
      ))}
    </ul>
  );
}

function WaitingLink({ one }: { readonly one: Waiting }) {
  const { t } = useTranslation();
  const { kind, application, since, code, reason, runId, count } = one;
  const content = (
    <>
      <span className={classes["what"]}>
        <Status tone={tones[kind]}>
          {kind === "plan"
            ? t("plans.home", { application: application.name, count })
            : t(`home.${kind}`, { application: application.name })}
        </Status>
        {(code ?? reason) && (
          <Text size="xs" c="dimmed" component="span" className={classes["reason"] ?? ""}>
            <Problem code={code} reason={reason} />
          </Text>
        )}
      </span>
      {since && (
        <Text size="xs" c="dimmed" component="span" className={classes["since"] ?? ""}>
          <Ago at={since} />
        </Text>
      )}
      <Icon name="chevron" size={16} />
    </>
  );
  const { key } = application;
  const params = { key };
  const className = classes["link"];
  if (kind === "plan") {
    return <Link to="/plans/$key" params={params} className={className}>{content}</Link>;
  }
  return runId === null
    ? <Link to="/applications/$key" params={params} className={className}>{content}</Link>
    : <Link to="/runs/$id" params={{ id: runId }} className={className}>{content}</Link>;
}
