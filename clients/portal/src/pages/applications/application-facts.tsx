import type { ApplicationDetailsFragment } from "@joinery/sdk";
import { useTranslation } from "react-i18next";
import { Facts } from "../../parts/facts.js";
import { At } from "../../parts/time.js";
import { useWord } from "../../parts/words.js";

export function ApplicationFacts({ of }: { readonly of: ApplicationDetailsFragment }) {
  const { t } = useTranslation();
  const word = useWord();
  const kinds = of.authoritativeFor.map((kind) => word("applications.kinds", kind));
  return (
    <Facts
      of={[
        { name: t("applications.connector"), value: of.connector },
        { name: t("applications.phase"), value: word("applications.phases", of.phase) },
        { name: t("applications.authoritative"), value: kinds.join(", ") || "–" },
        { name: t("applications.changes"), value: <Changes of={of} /> },
        { name: t("applications.firstImport"), value: <At at={of.firstImportAt} /> },
        { name: t("applications.protected"), value: of.protectedNames.join(", ") || "–" },
        { name: t("applications.limits"), value: <Limits of={of.limits} /> },
        { name: t("applications.added"), value: <At at={of.createdAt} /> },
      ]}
    />
  );
}

function Changes({ of: { watched, watchCode, watchReason } }: {
  readonly of: ApplicationDetailsFragment;
}) {
  const { t } = useTranslation();
  if (!watched) return <>{t("applications.changesAsked")}</>;
  if (watchCode === null) return <>{t("applications.changesWatched")}</>;
  return <>{t("applications.changesUnheard")}: {watchReason ?? watchCode}</>;
}

function Limits({ of }: { readonly of: Readonly<Record<string, unknown>> }) {
  const { t } = useTranslation();
  const word = useWord();
  const entries = Object.entries(of);
  if (entries.length === 0) return <>{t("applications.limitsDefault")}</>;
  return entries.map(([name, limit]) => (
    <div key={name}>
      {word("runs.classes", name)}: <span className="portal-mono">{JSON.stringify(limit)}</span>
    </div>
  ));
}
