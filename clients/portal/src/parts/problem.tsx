import { JoineryApiError } from "@joinery/sdk";
import { Code } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { useWord } from "./words.js";

interface ProblemProps {
  readonly code: string | null;
  readonly reason: string | null;
}

/** Why something is as it is: in the reader's words where we have them, else in the server's. */
export function Problem({ code, reason }: ProblemProps) {
  const { i18n } = useTranslation();
  const word = useWord();
  if (code === null) return <>{reason}</>;
  const isKnown = i18n.exists(`codes.${code}`);
  const text = isKnown ? word("codes", code) : reason;
  return <>{text && <>{text} </>}<Code>{code}</Code></>;
}

/** An error that was thrown, as a problem. */
export function Said({ error }: { readonly error: unknown }) {
  const { t } = useTranslation();
  if (!(error instanceof JoineryApiError)) return <>{t("states.unexpected")}</>;
  return <Problem code={error.code} reason={error.message} />;
}
