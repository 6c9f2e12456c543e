import { createLink } from "@tanstack/react-router";
import type { AnchorHTMLAttributes, Ref } from "react";
import classes from "./row-link.module.css";

interface AnchorProps extends AnchorHTMLAttributes<HTMLAnchorElement> {
  readonly ref?: Ref<HTMLAnchorElement>;
}

function RowAnchor({ children, ...rest }: AnchorProps) {
  return <a {...rest} className={classes["link"]}>{children}</a>;
}

/** The link of a row: a click anywhere on the row follows it. */
export const RowLink = createLink(RowAnchor);
