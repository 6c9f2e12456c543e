import type { ApplicationQuery } from "@joinery/sdk";
import { useTranslation } from "react-i18next";
import { Facts } from "../../parts/facts.js";
import { useFormats } from "../../parts/formats.js";
import { useWord } from "../../parts/words.js";
import { countsOf } from "./counts-of.js";

type Counted = Pick<NonNullable<ApplicationQuery["application"]>, "counts">;

/** Accounts by state, and what its queue holds. */
export function ApplicationCounts({ of }: { readonly of: Counted }) {
  const { t } = useTranslation();
  const { number } = useFormats();
  const word = useWord();
  const accounts = countsOf(of.counts["accounts"]).map(([state, n]) => ({
    name: word("applications.accountStates", state), value: number(n),
  }));
  const items = countsOf(of.counts["items"])
    .filter(([, n]) => n > 0)
    .map(([state, n]) => `${number(n)} ${word("applications.itemStates", state)}`);
  const queue = items.join(", ") || t("applications.queueEmpty");
  return <Facts of={[...accounts, { name: t("applications.queue"), value: queue }]} />;
}
