import type { RunDetailsFragment } from "@joinery/sdk";
import { Facts } from "../../parts/facts.js";
import { useFormats } from "../../parts/formats.js";
import { useWord } from "../../parts/words.js";
import { shownCounts } from "./shown-counts.js";

/** Objects by what became of them, in the order in which it happens. */
export function RunCounts({ of }: { readonly of: RunDetailsFragment }) {
  const { number } = useFormats();
  const word = useWord();
  const facts = shownCounts(of.counts).map(([name, n]) => ({
    name: word("runs.countNames", name), value: number(n),
  }));
  return facts.length === 0 ? <>–</> : <Facts of={facts} />;
}
