import type { ReactNode } from "react";
import classes from "./facts.module.css";

export interface Fact {
  readonly name: string;
  readonly value: ReactNode;
}

/** Names with their values, one a line, side by side where there is room. */
export function Facts({ of }: { readonly of: readonly Fact[] }) {
  return (
    <dl className={classes["facts"]}>
      {of.map(({ name, value }) => (
        <div key={name} className={classes["fact"]}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
