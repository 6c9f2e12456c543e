import { defineConfig } from "vitest/config";

/** Packages are read from their sources, so a test never meets a stale build. */
const conditions = ["joinery:source", "node", "import", "module", "default"];

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    include: [
      "events/src/**/*.test.ts",
      "subgraphs/*/src/**/*.test.ts",
      "gateway/src/**/*.test.ts",
      "clients/*/src/**/*.test.ts",
      "tidy/**/*.test.ts",
    ],
    setupFiles: ["reflect-metadata"],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    pool: "forks",
  },
});
