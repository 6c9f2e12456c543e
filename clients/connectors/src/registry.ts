import type { ConnectorKind } from "./connector.js";
import { csvKind } from "./csv/csv-kind.js";

/** The kinds of connectors that an organisation may configure, by their names. */
export const connectorKinds: ReadonlyMap<string, ConnectorKind> = new Map(
  [csvKind].map((kind) => [kind.name, kind]),
);
