import { Button, Stack, Text, Title } from "@mantine/core";
import { JoineryApiError } from "@joinery/sdk";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { Icon } from "./icons.js";
import { Said } from "./problem.js";

interface FailedProps {
  readonly error: unknown;
  readonly again?: () => void;
}

/** What could not be shown, why, and the way to try it again. */
export function Failed({ error, again }: FailedProps) {
  const { t } = useTranslation();
  const requestId = error instanceof JoineryApiError ? error.requestId : null;
  return (
    <Stack role="alert" align="center" gap="xs" py="xl" ta="center">
      <Text span c="dimmed"><Icon name="alert" size={28} /></Text>
      <Text fw={600}>{t("states.failed")}</Text>
      <Text size="sm" maw="32rem"><Said error={error} /></Text>
      {requestId && <Text size="xs" c="dimmed">{t("states.request", { id: requestId })}</Text>}
      {again && <Button variant="default" onClick={again}>{t("actions.again")}</Button>}
    </Stack>
  );
}

export function NotFound() {
  const { t } = useTranslation();
  return (
    <Stack align="center" gap="xs" py="xl" ta="center">
      <Title order={1}>{t("states.notFound")}</Title>
      <Text c="dimmed">{t("states.notFoundHint")}</Text>
      <Button component={Link} to="/" variant="default">{t("navigation.home")}</Button>
    </Stack>
  );
}
