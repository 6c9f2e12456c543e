import { Box, Group, Skeleton, Stack, Text, Title } from "@mantine/core";
import { useDocumentTitle } from "@mantine/hooks";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Failed } from "./failed.js";
import classes from "./page.module.css";

interface PageProps {
  readonly title: string;
  /** Beside the title: state, kind. */
  readonly beside?: ReactNode;
  /** Under the title: where this belongs. */
  readonly under?: ReactNode;
  readonly actions?: ReactNode;
  readonly children: ReactNode;
}

/** A page: its title, what can be done, its content. */
export function Page({ title, beside, under, actions, children }: PageProps) {
  useDocumentTitle(`${title} · Joinery`);
  return (
    <Stack gap="md">
      <Group justify="space-between" align="flex-start" gap="sm">
        <Box>
          <Group gap="sm" align="baseline">
            <Title order={1} className={classes["title"]}>{title}</Title>
            {beside && <Text size="sm" component="div">{beside}</Text>}
          </Group>
          {under && <Text size="sm" c="dimmed" component="div">{under}</Text>}
        </Box>
        {actions && <Group gap="xs">{actions}</Group>}
      </Group>
      {children}
    </Stack>
  );
}

interface PanelProps {
  readonly title?: string;
  readonly actions?: ReactNode;
  /** Without room around it, for tables. */
  readonly flush?: boolean;
  readonly children: ReactNode;
}

export function Panel({ title, actions, flush = false, children }: PanelProps) {
  return (
    <section className={classes["panel"]}>
      {(title ?? actions) && (
        <Group justify="space-between" className={classes["head"]}>
          {title && <Title order={2} size="sm">{title}</Title>}
          {actions}
        </Group>
      )}
      <div className={flush ? undefined : classes["body"]}>{children}</div>
    </section>
  );
}

/** Nothing to show, which is an answer too. */
export function Empty({ children }: { readonly children: ReactNode }) {
  return <Text c="dimmed" size="sm" ta="center" py="lg" px="md">{children}</Text>;
}

export function Loading({ lines = 4 }: { readonly lines?: number }) {
  const { t } = useTranslation();
  return (
    <Stack component="output" gap="sm" p="md" aria-label={t("states.loading")}>
      {Array.from({ length: lines }, (_, at) => <Skeleton key={at} h={14} w={`${90 - at * 9}%`} />)}
    </Stack>
  );
}

interface Answered<Result> {
  readonly data: Result | undefined;
  readonly error: unknown;
  readonly refetch: () => unknown;
}

interface AnswerProps<Result> {
  readonly of: Answered<Result>;
  readonly children: (result: Result) => ReactNode;
}

/** What was asked: while it comes, when it does not, and as it is. */
export function Answer<Result>({ of, children }: AnswerProps<Result>) {
  if (of.data !== undefined) return <>{children(of.data)}</>;
  if (of.error) return <Failed error={of.error} again={() => void of.refetch()} />;
  return <Loading />;
}
