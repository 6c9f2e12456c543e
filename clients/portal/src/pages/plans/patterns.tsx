import { Button, Code, Group, Text } from "@mantine/core";
import type { ApplicationDetailsFragment, PlanPatternDetailsFragment } from "@joinery/sdk";
import { getRouteApi } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { useFormats } from "../../parts/formats.js";
import { useWord } from "../../parts/words.js";
import { patternChange } from "./pattern-change.js";
import { PatternDecision } from "./pattern-decision.js";
import { PatternSample } from "./pattern-sample.js";
import classes from "./patterns.module.css";

const route = getRouteApi("/inside/plans/$key");

interface PatternsProps {
  readonly of: readonly PlanPatternDetailsFragment[];
  readonly application: ApplicationDetailsFragment;
}

/** Each pattern with how many changes it has, one of them, and the decision about all of them. */
export function Patterns({ of: patterns, application }: PatternsProps) {
  return (
    <ul className={classes["patterns"]}>
      {patterns.map((pattern) => (
        <li key={pattern.digest}><Pattern of={pattern} application={application} /></li>
      ))}
    </ul>
  );
}

interface PatternProps {
  readonly of: PlanPatternDetailsFragment;
  readonly application: ApplicationDetailsFragment;
}

function Pattern({ of: pattern, application }: PatternProps) {
  const { t } = useTranslation();
  const { number } = useFormats();
  const word = useWord();
  const navigate = route.useNavigate();
  const { digest, items, kind, operation, because } = pattern;
  return (
    <div className={classes["pattern"]}>
      <Text className={classes["count"] ?? ""} component="div">
        {number(items)} <Text span size="xs" c="dimmed">{word("plans.kinds", kind)}</Text>
      </Text>
      <div className={classes["what"]}>
        <Text size="sm" fw={600}>
          {word("runs.operations", operation)}<Common of={pattern} />
        </Text>
        <PatternSample of={pattern} />
        {because.map((each) => <Code key={each} mr={4}>{each}</Code>)}
      </div>
      <Group gap="xs" className={classes["actions"] ?? ""}>
        <Button
          variant="subtle"
          onClick={() => void navigate({ search: { pattern: digest }, resetScroll: false })}
        >
          {t("plans.show")}
        </Button>
        <PatternDecision application={application} digest={digest} />
      </Group>
    </div>
  );
}

function Common({ of: { changes, operation } }: { readonly of: PlanPatternDetailsFragment }) {
  const { t } = useTranslation();
  const words = changes.map((change) => {
    const { text, ...values } = patternChange(change, operation);
    return t(`plans.changes.${text}`, values);
  });
  return <>{words.length === 0 ? "" : `: ${words.join(", ")}`}</>;
}
