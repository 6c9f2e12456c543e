import { Group, Text } from "@mantine/core";
import type { ReactNode } from "react";
import { Icon } from "./icons.js";
import classes from "./notice.module.css";

interface NoticeProps {
  readonly tone: "good" | "waiting" | "bad" | "idle";
  readonly title?: ReactNode;
  /** Read out at once; for what answers something that somebody just did. */
  readonly isUrgent?: boolean;
  readonly children?: ReactNode;
}

/** Something to know before all else on the page; its colour adds to the words only. */
export function Notice({ tone, title, isUrgent = false, children }: NoticeProps) {
  return (
    <div className={classes["notice"]} data-tone={tone} role={isUrgent ? "alert" : undefined}>
      <Group gap="sm" wrap="nowrap" align="flex-start">
        <span className={classes["icon"]}><Icon name={tone === "good" ? "check" : "alert"} /></span>
        <div className={classes["content"]}>
          {title && <Text size="sm" fw={600}>{title}</Text>}
          {children && <Text size="sm" component="div">{children}</Text>}
        </div>
      </Group>
    </div>
  );
}
