import { viewerDocument } from "@joinery/sdk";
import type { QueryClient } from "@tanstack/react-query";
import {
  createRootRouteWithContext,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Outlet,
  redirect,
} from "@tanstack/react-router";
import { Failed, NotFound } from "../parts/failed.js";
import { Shell } from "../shell/shell.js";
import { graphQuery, needsSignIn } from "./queries.js";

interface Context {
  readonly queries: QueryClient;
}

const root = createRootRouteWithContext<Context>()({ component: Outlet });

const signIn = createRoute({
  getParentRoute: () => root,
  path: "/sign-in",
  validateSearch: (search): { to?: string } => textsOf(search, ["to"]),
  component: lazyRouteComponent(() => import("../pages/sign-in/sign-in-page.js"), "SignInPage"),
});

/** Everything that needs a session. */
const inside = createRoute({
  getParentRoute: () => root,
  id: "inside",
  component: Shell,
  beforeLoad: async ({ context, location }) => {
    const viewer = await viewerOf(context.queries);
    if (viewer !== null) return { viewer };
    // oxlint-disable-next-line typescript/only-throw-error -- so the router is told
    throw redirect({ to: "/sign-in", search: location.href === "/" ? {} : { to: location.href } });
  },
});

const home = createRoute({
  getParentRoute: () => inside,
  path: "/",
  component: lazyRouteComponent(() => import("../pages/home/home-page.js"), "HomePage"),
});

const applications = createRoute({
  getParentRoute: () => inside,
  path: "/applications",
  component: lazyRouteComponent(
    () => import("../pages/applications/applications-page.js"), "ApplicationsPage",
  ),
});

const application = createRoute({
  getParentRoute: () => inside,
  path: "/applications/$key",
  component: lazyRouteComponent(
    () => import("../pages/applications/application-page.js"), "ApplicationPage",
  ),
});

const runs = createRoute({
  getParentRoute: () => inside,
  path: "/runs",
  validateSearch: (search): { application?: string } => textsOf(search, ["application"]),
  component: lazyRouteComponent(() => import("../pages/runs/runs-page.js"), "RunsPage"),
});

const run = createRoute({
  getParentRoute: () => inside,
  path: "/runs/$id",
  component: lazyRouteComponent(() => import("../pages/runs/run-page.js"), "RunPage"),
});

const identities = createRoute({
  getParentRoute: () => inside,
  path: "/identities",
  validateSearch: (search): { search?: string; kind?: string } =>
    textsOf(search, ["search", "kind"]),
  component: lazyRouteComponent(
    () => import("../pages/identities/identities-page.js"), "IdentitiesPage",
  ),
});

const identity = createRoute({
  getParentRoute: () => inside,
  path: "/identities/$id",
  validateSearch: (search): { tab?: string } => textsOf(search, ["tab"]),
  component: lazyRouteComponent(
    () => import("../pages/identities/identity-page.js"), "IdentityPage",
  ),
});

const plans = createRoute({
  getParentRoute: () => inside,
  path: "/plans",
  component: lazyRouteComponent(() => import("../pages/plans/plans-page.js"), "PlansPage"),
});

const plan = createRoute({
  getParentRoute: () => inside,
  path: "/plans/$key",
  validateSearch: (search): { pattern?: string; operation?: string } =>
    textsOf(search, ["pattern", "operation"]),
  component: lazyRouteComponent(() => import("../pages/plans/plan-page.js"), "PlanPage"),
});

const future = createRoute({
  getParentRoute: () => inside,
  path: "/future",
  component: lazyRouteComponent(() => import("../pages/future/future-page.js"), "FuturePage"),
});

const pages = [
  home, applications, application, plans, plan, runs, run, future, identities, identity,
] as const;
const routes = root.addChildren([signIn, inside.addChildren(pages)]);

export function newRouter(queries: QueryClient) {
  return createRouter({
    routeTree: routes,
    basepath: "/portal",
    context: { queries },
    defaultPreload: "intent",
    scrollRestoration: true,
    defaultErrorComponent: ({ error, reset }) => <Failed error={error} again={reset} />,
    defaultNotFoundComponent: NotFound,
  });
}

declare module "@tanstack/react-router" {
  interface Register {
    readonly router: ReturnType<typeof newRouter>;
  }
}

async function viewerOf(queries: QueryClient) {
  try {
    return (await queries.ensureQueryData(graphQuery(viewerDocument, {}))).viewer;
  } catch (error) {
    if (needsSignIn(error)) return null;
    throw error;
  }
}

/** Of an address, the named values that are texts. */
function textsOf<Name extends string>(
  search: Readonly<Record<string, unknown>>,
  names: readonly Name[],
): Partial<Record<Name, string>> {
  const found: Partial<Record<Name, string>> = {};
  for (const name of names) {
    const value = search[name];
    if (typeof value === "string" || typeof value === "number") found[name] = String(value);
  }
  return found;
}
