import type { GraphContext, SchemaSource } from "@joinery/kit";
import type { VaultDeps } from "../app/ports.js";
import { identityLoader } from "./loaders.js";
import { IdentityResolver } from "./resolvers.js";
import { Run, RunChangesResolver } from "./run-resolver.js";

export const vaultGraph: SchemaSource = {
  resolvers: [IdentityResolver, RunChangesResolver],
  references: {
    Identity: (key, context) =>
      identityLoader(context as GraphContext<VaultDeps>).load(String(key["id"])),
    Run: (key) => Promise.resolve(Object.assign(new Run(), { id: key["id"] })),
  },
  orphanedTypes: [Run],
};
