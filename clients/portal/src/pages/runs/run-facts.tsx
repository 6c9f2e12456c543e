import type { RunDetailsFragment } from "@joinery/sdk";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { useOperatorName } from "../../app/operator-names.js";
import { Facts } from "../../parts/facts.js";
import { useFormats } from "../../parts/formats.js";
import { At } from "../../parts/time.js";
import { useWord } from "../../parts/words.js";
import { tookMs } from "./run-numbers.js";

export function RunFacts({ of: run }: { readonly of: RunDetailsFragment }) {
  const { t } = useTranslation();
  const { number, span } = useFormats();
  const word = useWord();
  const { application, ruleSetVersion } = run;
  const ms = tookMs(run);
  const link = application && (
    <Link to="/applications/$key" params={{ key: application.key }}>{application.name}</Link>
  );
  const version = ruleSetVersion === null ? "–" : t("runs.version", { version: ruleSetVersion });
  return (
    <Facts
      of={[
        { name: t("runs.application"), value: link ?? run.applicationId },
        { name: t("runs.reads"), value: word("runs.readsWhat", run.reads) },
        { name: t("runs.asked"), value: <At at={run.createdAt} /> },
        { name: t("runs.by"), value: <Starter id={run.actorId} /> },
        { name: t("runs.took"), value: ms === null ? "–" : span(ms) },
        { name: t("runs.ruleSet"), value: version },
        { name: t("runs.population"), value: number(run.population) },
      ]}
    />
  );
}

/** A person by name; Joinery itself, or whoever is no operator any more, by what is known. */
function Starter({ id }: { readonly id: string }) {
  return <>{useOperatorName()(id) ?? id}</>;
}
