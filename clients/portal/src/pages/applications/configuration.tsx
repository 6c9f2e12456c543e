import type { ApplicationDetailsFragment } from "@joinery/sdk";
import { Facts } from "../../parts/facts.js";

/** Settings of the connector; secrets stand there by name only. */
export function Configuration({ of }: { readonly of: ApplicationDetailsFragment }) {
  const id = { name: "id", value: <span className="portal-mono">{of.id}</span> };
  const facts = Object.entries(of.configuration).map(([name, value]) => ({
    name,
    value: (
      <span className="portal-mono">
        {typeof value === "string" ? value : JSON.stringify(value)}
      </span>
    ),
  }));
  return <Facts of={[id, ...facts]} />;
}
