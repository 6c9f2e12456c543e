import type {} from "vitest";

/**
 * What the test run provides to every test file: `inject("postgresUrl")`. A test file that uses
 * it names this module, so that TypeScript knows:
 * `import type { ProvidedServices } from "@joinery/kit/services"`.
 */
export interface ProvidedServices {
  /** Superuser URL of the run's PostgreSQL. Make a database of your own in it. */
  postgresUrl: string;
  /** URL of the run's NATS with its token; use it through `natsAddress`. Name your own streams. */
  natsUrl: string;
}

declare module "vitest" {
  // The keys are the services; the merge is the purpose.
  export interface ProvidedContext extends ProvidedServices {}
}
