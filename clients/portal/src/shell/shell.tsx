import { AppShell, Burger, Group, NavLink, ScrollArea, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { Link, Outlet } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { Icon } from "../parts/icons.js";
import { AccountMenu } from "./account-menu.js";
import { Mark } from "./mark.js";
import { places } from "./navigation.js";
import { Preferences } from "./preferences.js";
import classes from "./shell.module.css";
import { useViewer } from "./viewer.js";

/** What stands around every page of whoever is signed in. */
export function Shell() {
  const { t } = useTranslation();
  const [isOpen, { toggle, close }] = useDisclosure();
  const organisation = useViewer()?.organisation.name ?? "";
  return (
    <AppShell
      header={{ height: 52 }}
      navbar={{ width: 208, breakpoint: "sm", collapsed: { mobile: !isOpen } }}
      padding={{ base: "sm", sm: "lg" }}
    >
      <a className="portal-skip" href="#content">{t("navigation.skip")}</a>
      <AppShell.Header className={classes["header"]}>
        <Group h="100%" px="md" justify="space-between" wrap="nowrap">
          <Group gap="sm" wrap="nowrap" miw={0}>
            <Burger
              opened={isOpen}
              onClick={toggle}
              hiddenFrom="sm"
              size="sm"
              aria-label={t("navigation.menu")}
              aria-expanded={isOpen}
            />
            <Link to="/" className={classes["brand"]} aria-label="Joinery">
              <Mark />
              <Text fw={650} visibleFrom="xs">Joinery</Text>
            </Link>
            <Text size="sm" c="dimmed" truncate visibleFrom="xs">{organisation}</Text>
          </Group>
          <Group gap={4} wrap="nowrap">
            <Preferences />
            <AccountMenu />
          </Group>
        </Group>
      </AppShell.Header>
      <AppShell.Navbar p="xs" className={classes["navbar"]} aria-label={t("navigation.label")}>
        <ScrollArea><Places onGo={close} /></ScrollArea>
      </AppShell.Navbar>
      <AppShell.Main id="content" tabIndex={-1} className={classes["main"]}>
        <div className={classes["content"]}><Outlet /></div>
      </AppShell.Main>
    </AppShell>
  );
}

function Places({ onGo }: { readonly onGo: () => void }) {
  const { t } = useTranslation();
  const permissions = useViewer()?.permissions ?? [];
  return places
    .filter(({ permission }) => permission === undefined || permissions.includes(permission))
    .map(({ name, to, icon }) => (
      <NavLink
        key={name}
        component={Link}
        to={to}
        activeOptions={{ exact: to === "/" }}
        activeProps={{ "data-active": true }}
        onClick={onGo}
        label={t(`navigation.${name}`)}
        leftSection={<Icon name={icon} />}
        className={classes["place"] ?? ""}
      />
    ));
}
