import { Button, Popover, Text } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { endSession } from "../app/client.js";
import { Icon } from "../parts/icons.js";
import classes from "./account-menu.module.css";
import { useViewer } from "./viewer.js";

/** Who is signed in, and the way out. */
export function AccountMenu() {
  const { t } = useTranslation();
  const viewer = useViewer();
  const leave = useLeave();
  if (!viewer) return null;
  const { name, email } = viewer.operator;
  return (
    <Popover position="bottom-end" trapFocus returnFocus withinPortal={false} width={230}>
      <Popover.Target>
        <Button
          variant="subtle"
          color="gray"
          c="var(--mantine-color-text)"
          aria-label={t("navigation.account", { name })}
          leftSection={<Icon name="account" />}
          px="xs"
          classNames={{ section: classes["icon"] ?? "" }}
        >
          <Text inherit truncate visibleFrom="sm">{name}</Text>
        </Button>
      </Popover.Target>
      <Popover.Dropdown p="xs" aria-label={t("navigation.account", { name })}>
        <Text size="sm" truncate>{name}</Text>
        <Text size="xs" c="dimmed" truncate mb="xs">
          {name === email ? "" : `${email} · `}{t(`roles.${viewer.role}`)}
        </Text>
        <Button
          variant="default"
          fullWidth
          leftSection={<Icon name="leave" size={16} />}
          onClick={() => leave.mutate()}
          loading={leave.isPending}
        >
          {t("actions.signOut")}
        </Button>
      </Popover.Dropdown>
    </Popover>
  );
}

/** Ends the session and forgets everything that it saw. */
function useLeave() {
  const queries = useQueryClient();
  const navigate = useNavigate();
  return useMutation({
    mutationFn: endSession,
    onSuccess: async () => {
      await navigate({ to: "/sign-in" });
      queries.clear();
    },
  });
}
