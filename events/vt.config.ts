import { defineConfig } from "vitest/config";
const conditions = ["joinery:source", "node", "import", "module", "default"];
export default defineConfig({
  root: "/work/main",
  resolve: { conditions },
  ssr: { resolve: { conditions: ["joinery:source"] } },
  test: { include: ["events/src/**/*.test.ts","subgraphs/kit/src/lanes/**/*.test.ts"], setupFiles: ["reflect-metadata"], testTimeout: 30000, hookTimeout: 60000, pool: "forks" },
});
