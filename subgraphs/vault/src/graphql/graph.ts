import type { GraphContext, SchemaSource } from "@joinery/kit";
import type { VaultDeps } from "../app/ports.js";
import { identityLoader } from "./loaders.js";
import { IdentityResolver } from "./resolvers.js";

export const vaultGraph: SchemaSource = {
  resolvers: [IdentityResolver],
  references: {
    Identity: (key, context) =>
      identityLoader(context as GraphContext<VaultDeps>).load(String(key["id"])),
  },
};
