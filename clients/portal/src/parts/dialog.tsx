import { Modal } from "@mantine/core";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";

interface DialogProps {
  readonly title: string;
  readonly isOpen: boolean;
  readonly onClose: () => void;
  readonly children: ReactNode;
}

/** Over the page, until it is answered: keeps the focus and gives it back. */
export function Dialog({ title, isOpen, onClose, children }: DialogProps) {
  const { t } = useTranslation();
  const closeButtonProps = { "aria-label": t("actions.close") };
  return (
    <Modal opened={isOpen} onClose={onClose} title={title} closeButtonProps={closeButtonProps}>
      {children}
    </Modal>
  );
}
