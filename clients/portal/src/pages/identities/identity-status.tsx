import { Status } from "../../parts/status.js";
import { useWord } from "../../parts/words.js";

export function IdentityStatus({ state }: { readonly state: string }) {
  const word = useWord();
  return (
    <Status tone={state === "active" ? "good" : "idle"}>{word("identities.states", state)}</Status>
  );
}
