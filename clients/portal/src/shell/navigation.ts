import type { IconName } from "../parts/icons.js";

/** One place of the portal, as the navigation names it. */
interface Place {
  /** Its text is `navigation.<name>`. */
  readonly name: "home" | "applications" | "plans" | "runs" | "future" | "identities";
  readonly to: "/" | "/applications" | "/plans" | "/runs" | "/future" | "/identities";
  readonly icon: IconName;
  /** What somebody must be allowed to see it. */
  readonly permission?: string;
}

/** In the order in which people need them. */
export const places: readonly Place[] = [
  { name: "home", to: "/", icon: "home" },
  {
    name: "applications",
    to: "/applications",
    icon: "applications",
    permission: "application:read",
  },
  { name: "plans", to: "/plans", icon: "check", permission: "run:read" },
  { name: "runs", to: "/runs", icon: "runs", permission: "run:read" },
  { name: "future", to: "/future", icon: "future", permission: "run:read" },
  { name: "identities", to: "/identities", icon: "identities", permission: "identity:read" },
];
