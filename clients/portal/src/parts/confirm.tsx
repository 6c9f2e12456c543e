import { Button, Group, Stack, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Dialog } from "./dialog.js";
import { Notice } from "./notice.js";
import { Said } from "./problem.js";

interface ConfirmProps {
  /** On the button that asks, and on the one that does it. */
  readonly label: string;
  readonly icon?: ReactNode;
  readonly title: string;
  readonly text: ReactNode;
  readonly isGrave?: boolean;
  readonly variant?: "filled" | "default";
  /** Resolves when it is done; what it throws is told in the dialog. */
  readonly act: () => Promise<unknown>;
  readonly isBusy: boolean;
  readonly error: unknown;
}

/** A button whose deed is asked about first. */
export function Confirm(props: ConfirmProps) {
  const { label, icon, title, text, isGrave = false, variant = "default", isBusy, error } = props;
  const { t } = useTranslation();
  const [isOpen, { open, close }] = useDisclosure();
  const color = isGrave ? { color: "red.9" } : {};
  const act = () => {
    // What goes wrong stands in the dialog, which stays open.
    void props.act().then(close, () => undefined);
  };
  return (
    <>
      <Button variant={variant} leftSection={icon} onClick={open}>{label}</Button>
      <Dialog isOpen={isOpen} onClose={close} title={title}>
        <Stack gap="md">
          <Text size="sm" component="div">{text}</Text>
          {error !== null && <Notice tone="bad" isUrgent><Said error={error} /></Notice>}
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={close}>{t("actions.cancel")}</Button>
            <Button {...color} onClick={act} loading={isBusy} data-autofocus>{label}</Button>
          </Group>
        </Stack>
      </Dialog>
    </>
  );
}
