import { resolve } from "node:path";
import { defineConfig, type Rolldown } from "vite";

const root = resolve(import.meta.dirname, "..");

const onwarn: Rolldown.RolldownOptions["onwarn"] = (warning, warn) => {
  if (warning.code !== "MODULE_LEVEL_DIRECTIVE") warn(warning);
};

/** How the portal is made: one page, files named after their content, no inline script. */
export default defineConfig({
  root,
  base: "/portal/",
  logLevel: "warn",
  // The gateway writes a nonce of its own into each answer.
  html: { cspNonce: "__JOINERY_NONCE__" },
  resolve: { conditions: ["joinery:source", "module", "browser", "production"] },
  build: {
    outDir: resolve(root, "dist/web"),
    emptyOutDir: true,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 800,
    target: "es2022",
    // Libraries mark files for servers that render; there is none here.
    rolldownOptions: { onwarn },
  },
});
