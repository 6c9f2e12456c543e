import type {
  ApplicationDetailsFragment,
  ApplicationOutcomeFragment,
  ApplicationSummaryFragment,
} from "@joinery/sdk";
import { printable, printableJson } from "../output/printable.js";
import type { Style } from "../output/style.js";
import { pairs, table } from "../output/table.js";
import { counted, shownCount, shownTime } from "../output/words.js";

export function applicationTable(
  applications: readonly ApplicationSummaryFragment[],
  style: Style,
): readonly string[] {
  return table<ApplicationSummaryFragment>(
    [
      { title: "KEY", of: ({ key }) => printable(key), paint: style.bold },
      { title: "NAME", of: ({ name }) => printable(name) },
      { title: "CONNECTOR", of: ({ connector }) => printable(connector) },
      { title: "PHASE", of: ({ phase }) => phase },
      {
        title: "AUTHORITATIVE FOR",
        of: ({ authoritativeFor }) => authoritativeFor.join(" ") || "–",
      },
      { title: "FIRST IMPORT", of: ({ firstImportAt }) => shownTime(firstImportAt) },
      {
        title: "STATE",
        of: stateOf,
        paint: (text) => (text === "active" ? text : style.warning(text)),
      },
    ],
    applications,
    style,
  );
}

/** `active`, or what keeps it from being written to. */
export function stateOf(application: ApplicationSummaryFragment): string {
  if (application.stopped) return "stopped";
  if (application.health.quarantinedAt !== null) {
    return `quarantined: ${application.health.code ?? "–"}`;
  }
  if (application.pauseCode) return `paused: ${application.pauseCode}`;
  return application.state;
}

/** Whether changes come by themselves, or what is in the way. */
function watchOf({ watched, watchCode, watchReason }: ApplicationSummaryFragment): string {
  if (!watched) return "imported when asked";
  if (watchCode === null) return "imported as they come";
  return `nobody listens: ${watchCode}${watchReason ? `, ${printable(watchReason)}` : ""}`;
}

/** Whether it is read and written to. */
function waysOf({ imports, provisions }: ApplicationSummaryFragment): string {
  if (!imports) return "neither imported nor provisioned";
  return provisions ? "imported, provisioned" : "imported, not provisioned";
}

export function applicationDetails(
  application: ApplicationDetailsFragment,
  style: Style,
): readonly string[] {
  const { schema, configuration, pauseReason, pausedUntil } = application;
  const attributes = Object.entries(schema).map(
    ([kind, known]) =>
      `${kind}: ${Array.isArray(known) ? known.map(attributeName).join(" ") : "–"}`,
  );
  return [
    ...pairs(
      [
        ["key", style.bold(printable(application.key))],
        ["name", printable(application.name)],
        ["id", application.id],
        ["connector", printable(application.connector)],
        ["connection", application.connection ? printable(application.connection.key) : "–"],
        ["ways", waysOf(application)],
        ["phase", application.phase],
        ["authoritative for", application.authoritativeFor.join(" ") || "–"],
        ["state", stateOf(application)],
        ...(pauseReason
          ? [["paused until", `${shownTime(pausedUntil)}, ${printable(pauseReason)}`] as const]
          : []),
        ...healthOf(application),
        ["changes", watchOf(application)],
        ["first import", shownTime(application.firstImportAt)],
        ["protected", shownCount(application.protectedNames.length)],
        ["configuration", printableJson(configuration)],
        ["limits", printableJson(application.limits)],
      ],
      style,
    ),
    ...attributes.map((line) => `${style.dim("attributes of")} ${line}`),
  ];
}

/** What failed in a row and since when, and when a system in quarantine is asked again. */
function healthOf({ health }: ApplicationSummaryFragment): (readonly [string, string])[] {
  const { failures, failingSince, reason, quarantinedAt, probeAt } = health;
  if (failures === 0) return [];
  const why = reason ? `, ${printable(reason)}` : "";
  const often = counted(failures, "failure");
  return [
    ["failing since", `${shownTime(failingSince)}, ${often}${why}`],
    ...(quarantinedAt ? [["asked again", shownTime(probeAt)] as const] : []),
  ];
}

function attributeName(attribute: unknown): string {
  const isNamed = typeof attribute === "object" && attribute !== null && "name" in attribute;
  return isNamed ? printable(String(attribute.name)) : "?";
}

/** Whether the system answered when it was looked at; nothing where it was not. */
export function connectionLines(
  connection: ApplicationOutcomeFragment["connection"],
  style: Style,
): readonly string[] {
  if (connection === null) return [];
  if (connection.ok) return [style.good("the system answers")];
  return [
    style.bad(`the system does not answer: ${connection.code ?? "INTERNAL"}`),
    ...(connection.reason ? [`  ${printable(connection.reason)}`] : []),
  ];
}
