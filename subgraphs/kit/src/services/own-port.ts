import { JoineryError } from "../errors.js";
import type { Log } from "../log.js";
import { freePort, isPortFree } from "./ports.js";
import type { ServerState } from "./private-file.js";

/**
 * Starts a server on the port that the caller wants, else on the remembered one, which goes on in
 * `state`. A wanted port that is taken is refused (`PORT_IN_USE`); a remembered one is replaced,
 * also when somebody takes it between our look and the server's, three times at most.
 */
export async function startOnPort<T>(
  server: string,
  wanted: number | undefined,
  state: ServerState,
  log: Log,
  start: () => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    const port = wanted || state.port;
    if (await isPortFree(port)) {
      state.port = port;
      try {
        return await start();
      } catch (error) {
        if (attempt === 3 || (await isPortFree(port))) throw error;
      }
    } else if (wanted) {
      throw new JoineryError("PORT_IN_USE", `port ${port} of 127.0.0.1 is taken`, { port });
    }
    state.port = await freePort();
    log.warn("a server's port is taken; it gets another", { server, port, instead: state.port });
  }
}
