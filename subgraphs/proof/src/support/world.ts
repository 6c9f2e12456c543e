import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startStack, type RunningStack } from "@joinery/gateway/launch";
import { Graph } from "./graph.js";
import { Organisation } from "./organisation.js";

/** A stack of its own with one organisation, and the folder that its connectors see. */
export interface World {
  readonly stack: RunningStack;
  readonly graph: Graph;
  readonly organisation: Organisation;
  writeFile(name: string, content: string): Promise<void>;
  filePath(name: string): string;
  stop(): Promise<void>;
}

export async function openWorld(): Promise<World> {
  const folder = await mkdtemp(join(tmpdir(), "joinery-story-"));
  const stack = await startStack({ dataFolder: folder });
  try {
    const graph = new Graph(stack.url);
    await graph.signIn(stack.ownerEmail, stack.ownerPassword);
    const { viewer } = await graph.ask<{ viewer: { organisation: { id: string } } }>(
      "{ viewer { organisation { id } } }",
    );
    const files = join(folder, "files", viewer.organisation.id);
    await mkdir(files, { recursive: true });
    return {
      stack,
      graph,
      organisation: new Organisation(graph),
      filePath: (name) => join(files, name),
      writeFile: (name, content) => writeFile(join(files, name), content),
      stop: async () => {
        await stack.stop();
        await rm(folder, { recursive: true, force: true });
      },
    };
  } catch (error) {
    await stack.stop();
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}
