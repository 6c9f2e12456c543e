import type { ConnectionDetailsFragment } from "@joinery/sdk";
import { printable, printableJson } from "../output/printable.js";
import type { Style } from "../output/style.js";
import { pairs, table } from "../output/table.js";
import { shownTime } from "../output/words.js";

export function connectionTable(
  connections: readonly ConnectionDetailsFragment[],
  style: Style,
): readonly string[] {
  return table<ConnectionDetailsFragment>(
    [
      { title: "KEY", of: ({ key }) => printable(key), paint: style.bold },
      { title: "NAME", of: ({ name }) => printable(name) },
      { title: "CONNECTOR", of: ({ connector }) => printable(connector) },
      { title: "APPLICATIONS", of: usersOf },
      { title: "CHANGED", of: ({ updatedAt }) => shownTime(updatedAt) },
    ],
    connections,
    style,
  );
}

export function connectionDetails(
  connection: ConnectionDetailsFragment,
  style: Style,
): readonly string[] {
  return pairs(
    [
      ["key", style.bold(printable(connection.key))],
      ["name", printable(connection.name)],
      ["id", connection.id],
      ["connector", printable(connection.connector)],
      ["applications", usersOf(connection)],
      ["changed", shownTime(connection.updatedAt)],
      ["configuration", printableJson(connection.configuration)],
    ],
    style,
  );
}

function usersOf({ applications }: ConnectionDetailsFragment): string {
  return applications.map(({ key }) => printable(key)).join(" ") || "–";
}
