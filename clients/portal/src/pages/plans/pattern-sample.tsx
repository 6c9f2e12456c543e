import { Text } from "@mantine/core";
import type { PlanPatternDetailsFragment } from "@joinery/sdk";
import { useTranslation } from "react-i18next";
import { changedNames } from "../../parts/shown-value.js";
import { Change } from "../../parts/value.js";
import classes from "./patterns.module.css";

const namesShown = 4;

/** One change of a pattern, value by value. */
export function PatternSample({ of }: { readonly of: PlanPatternDetailsFragment }) {
  const { t } = useTranslation();
  const { sample: { before, after } } = of;
  const names = changedNames(before, after);
  return (
    <Text size="sm" c="dimmed" className="portal-breaking" component="div">
      {t("plans.suchAs")}{" "}
      {names.slice(0, namesShown).map((name) => (
        <span key={name} className={classes["value"]}>
          {name}: <Change from={before[name]} to={after[name]} />
        </span>
      ))}
      {names.length > namesShown && " …"}
    </Text>
  );
}
