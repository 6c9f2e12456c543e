import {
  ActionIcon,
  NativeSelect,
  useComputedColorScheme,
  useMantineColorScheme,
} from "@mantine/core";
import { useTranslation } from "react-i18next";
import { chooseLanguage, isLanguage, languages } from "../app/texts.js";
import { Icon } from "../parts/icons.js";
import classes from "./preferences.module.css";

/** Language, and light or dark: kept in this browser. */
export function Preferences() {
  return <><Languages /><Scheme /></>;
}

function Scheme() {
  const { t } = useTranslation();
  const { setColorScheme } = useMantineColorScheme();
  const isDark = useComputedColorScheme("light") === "dark";
  const label = isDark ? t("preferences.light") : t("preferences.dark");
  return (
    <ActionIcon
      aria-label={label}
      title={label}
      size="lg"
      onClick={() => setColorScheme(isDark ? "light" : "dark")}
    >
      <Icon name={isDark ? "sun" : "moon"} />
    </ActionIcon>
  );
}

function Languages() {
  const { t, i18n } = useTranslation();
  const choose = (value: string) => {
    if (isLanguage(value)) void chooseLanguage(value);
  };
  return (
    <NativeSelect
      aria-label={t("preferences.language")}
      variant="unstyled"
      size="xs"
      classNames={{ input: classes["language"] ?? "" }}
      data={Object.entries(languages).map(([value, label]) => ({ value, label }))}
      value={i18n.language}
      onChange={(event) => choose(event.currentTarget.value)}
    />
  );
}
