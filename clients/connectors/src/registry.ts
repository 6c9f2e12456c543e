import { activeDirectoryKind } from "./active-directory/active-directory-kind.js";
import type { ConnectorKind } from "./connector.js";
import { csvKind } from "./csv/csv-kind.js";
import { httpJsonKind } from "./http-json/http-json-kind.js";
import { ldapKind } from "./ldap/ldap-kind.js";
import { scimKind } from "./scim/scim-kind.js";
import { sqlKind } from "./sql/sql-kind.js";

/** The kinds of connectors that an organisation may configure, by their names. */
export const connectorKinds: ReadonlyMap<string, ConnectorKind> = new Map(
  [csvKind, ldapKind, activeDirectoryKind, scimKind, sqlKind, httpJsonKind]
    .map((kind) => [kind.name, kind]),
);
