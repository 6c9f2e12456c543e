import { MantineProvider } from "@mantine/core";
import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { styleNonce } from "./nonce.js";
import { newQueryClient } from "./queries.js";
import { newRouter } from "./router.js";
import { cssVariables, theme } from "./theme.js";

const queries = newQueryClient(() => {
  queries.removeQueries({ queryKey: ["Viewer"] });
  void router.invalidate();
});
const router = newRouter(queries);

// Who goes on to another page by keyboard or screen reader begins at its content.
router.subscribe("onResolved", ({ fromLocation, pathChanged }) => {
  if (fromLocation && pathChanged) document.getElementById("content")?.focus();
});

export function App() {
  return (
    <MantineProvider
      theme={theme}
      cssVariablesResolver={cssVariables}
      defaultColorScheme="auto"
      getStyleNonce={styleNonce}
    >
      <QueryClientProvider client={queries}>
        <RouterProvider router={router} />
      </QueryClientProvider>
    </MantineProvider>
  );
}
