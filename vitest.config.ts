import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";
import { CountsReporter } from "./tidy/counts-reporter.ts";
import { LongestFirst } from "./tidy/longest-first.ts";

/** Packages are read from their sources, so a test never meets a stale build. */
const conditions = ["joinery:source", "node"];

/** Golden payloads and the rules of the house need no services, and `npm run check` runs them. */
const golden = ["events/src/**/golden*.test.ts"];

/** What a browser runs: pure parts, without services. */
const portal = "clients/portal/src/**/*.test.ts";

/** Each worker brings processes of its own to work; more than one per core only waits. */
const maxWorkers = Math.min(8, Math.max(2, availableParallelism()));

const shared = {
  resolve: { conditions },
  ssr: { resolve: { conditions } },
} as const;

export default defineConfig({
  ...shared,
  test: {
    maxWorkers,
    sequence: { sequencer: LongestFirst },
    reporters: ["default", new CountsReporter()],
    projects: [
      {
        ...shared,
        test: {
          name: "joinery",
          include: [
            "events/src/**/*.test.ts",
            "subgraphs/*/src/**/*.test.ts",
            "gateway/src/**/*.test.ts",
            "clients/*/src/**/*.test.ts",
          ],
          exclude: [...golden, portal],
          globalSetup: ["tidy/global-setup.ts"],
          setupFiles: ["reflect-metadata"],
          testTimeout: 30_000,
          hookTimeout: 60_000,
          pool: "forks",
        },
      },
      { ...shared, test: { name: "golden", include: golden } },
      { ...shared, test: { name: "portal", include: [portal] } },
      { ...shared, test: { name: "tidy", include: ["tidy/**/*.test.ts"], testTimeout: 60_000 } },
    ],
  },
});
