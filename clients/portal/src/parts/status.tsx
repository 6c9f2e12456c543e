import type { ReactNode } from "react";
import classes from "./status.module.css";

export type Tone = "good" | "busy" | "waiting" | "bad" | "idle";

/** A state in words with a mark of its colour: the words alone say it. */
export function Status({ tone, children }: { readonly tone: Tone; readonly children: ReactNode }) {
  return (
    <span className={classes["status"]} data-tone={tone}>
      <span className={classes["mark"]} aria-hidden="true" />
      {children}
    </span>
  );
}
