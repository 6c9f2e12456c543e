import {
  ActionIcon,
  Anchor,
  Badge,
  Button,
  createTheme,
  Modal,
  PasswordInput,
  SegmentedControl,
  Select,
  Table,
  Tabs,
  TextInput,
  Tooltip,
  type CSSVariablesResolver,
  type MantineColorsTuple,
} from "@mantine/core";

const pine: MantineColorsTuple = [
  "#e9f5f2", "#d3ebe5", "#a9d7cc", "#7dc3b2", "#58b29d", "#379f8a", "#1b8271", "#126a5d",
  "#0f5c51", "#0a463e",
];

/** A little cooler than the library's own. */
const dark: MantineColorsTuple = [
  "#dde3e4", "#b9c2c4", "#939da0", "#6b7578", "#3f474a", "#333a3d", "#272d30", "#1b2022",
  "#141819", "#0e1112",
];

const small = { defaultProps: { size: "sm" } } as const;

/**
 * The library's look with contrast that holds: WCAG 2.2 AA for text, in light and dark (its own
 * dimmed and light colours fall short of it).
 */
export const theme = createTheme({
  respectReducedMotion: true,
  primaryColor: "pine",
  primaryShade: 7,
  black: "#1a2224",
  colors: { pine, dark },
  defaultRadius: "sm",
  fontFamily: 'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", Ubuntu, sans-serif',
  headings: { fontWeight: "600", sizes: { h1: { fontSize: "1.375rem", lineHeight: "1.3" } } },
  components: {
    ActionIcon: ActionIcon.extend({ defaultProps: { variant: "subtle", color: "gray" } }),
    Anchor: Anchor.extend({ defaultProps: { underline: "hover" } }),
    Badge: Badge.extend({ defaultProps: { variant: "default", tt: "none", fw: 500 } }),
    Button: Button.extend({ defaultProps: { size: "xs" } }),
    Modal: Modal.extend({ defaultProps: {
        centered: true,
        radius: "md",
        // The library's <header> would count as one of the page.
        attributes: { header: { role: "presentation" } },
        styles: { title: { fontWeight: 600 } },
      },
    }),
    PasswordInput: PasswordInput.extend(small),
    SegmentedControl: SegmentedControl.extend({ defaultProps: { size: "xs" } }),
    Select: Select.extend({ defaultProps: { size: "xs", allowDeselect: false } }),
    Table: Table.extend({ defaultProps: { verticalSpacing: 7, horizontalSpacing: "sm" } }),
    Tabs: Tabs.extend({ defaultProps: { keepMounted: false } }),
    TextInput: TextInput.extend(small),
    Tooltip: Tooltip.extend({ defaultProps: { openDelay: 300, withArrow: true } }),
  },
});

export const cssVariables: CSSVariablesResolver = ({ colors }) => ({
  variables: {},
  light: {
    "--mantine-color-dimmed": "#535c60",
    "--mantine-color-placeholder": "#667074",
    "--mantine-color-error": "#b42318",
    "--mantine-color-anchor": colors["pine"]?.[7] ?? "",
    "--portal-ground": "#f5f7f7",
    "--portal-line": "#e0e5e5",
    "--portal-hover": "#eff3f3",
    "--portal-chosen": "#e1f0ec",
    "--portal-chosen-text": "#0a463e",
    "--portal-good": "#1f8a4c",
    "--portal-busy": "#1f6fd1",
    "--portal-waiting": "#b76e00",
    "--portal-bad": "#c5281c",
    "--portal-idle": "#7d888c",
  },
  dark: {
    "--mantine-color-dimmed": colors["dark"]?.[1] ?? "",
    "--mantine-color-placeholder": "#98a2a5",
    "--mantine-color-error": "#ff8f85",
    "--mantine-color-anchor": colors["pine"]?.[3] ?? "",
    "--portal-ground": "#141819",
    "--portal-line": "#323a3d",
    "--portal-hover": "#23292c",
    "--portal-chosen": "#1d3a36",
    "--portal-chosen-text": "#d3ebe5",
    "--portal-good": "#4cc281",
    "--portal-busy": "#68a8f5",
    "--portal-waiting": "#eeac42",
    "--portal-bad": "#f4766b",
    "--portal-idle": "#8b969a",
  },
});
