import { Status } from "../../parts/status.js";
import { useWord } from "../../parts/words.js";
import { toneOfRun } from "./run-state.js";

export function RunStatus({ state }: { readonly state: string }) {
  const word = useWord();
  return <Status tone={toneOfRun(state)}>{word("runs.states", state)}</Status>;
}
