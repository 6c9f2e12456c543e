import type { PushedAccountInput, PushedReferenceInput } from "@joinery/sdk";
import { CliError } from "../failure.js";
import { isRecord } from "../input/json-file.js";

/** One object of a file, and where it stands there. */
export interface PushLine {
  readonly line: number;
  readonly account: PushedAccountInput & { readonly kind: string };
}

const fields = new Set([
  "externalId", "kind", "attributes", "members", "addMembers", "removeMembers", "version",
]);

/** A line of JSON: what `pushAccounts` takes; a member may be its external id alone. */
export function ofJson(value: unknown, line: number, kind: string): PushLine {
  if (!isRecord(value)) throw unfit(line, "is no JSON object");
  const unknown = Object.keys(value).find((name) => !fields.has(name));
  if (unknown !== undefined) throw unfit(line, `has ${JSON.stringify(unknown)}, no such field`);
  const { externalId, attributes, version } = value;
  if (typeof externalId !== "string" || externalId === "") throw unfit(line, "has no externalId");
  if (!isAbsent(attributes) && !isRecord(attributes)) throw unfit(line, "attributes: no object");
  if (!isAbsent(version) && !isVersion(version)) throw unfit(line, "version: no number");
  const ofKind = value["kind"] ?? kind;
  if (typeof ofKind !== "string") throw unfit(line, "kind: no text");
  return {
    line,
    account: {
      externalId,
      kind: ofKind,
      ...(isRecord(attributes) ? { attributes } : {}),
      ...(isVersion(version) ? { version } : {}),
      ...listOf("members", value, line),
      ...listOf("addMembers", value, line),
      ...listOf("removeMembers", value, line),
    },
  };
}

/** A row of CSV: columns are names of attributes, empty cells are not said. */
export function ofRow(
  row: Readonly<Record<string, string>>,
  line: number,
  kind: string,
): PushLine {
  const { externalId = "", kind: ofKind, version = "", members = "", ...cells } = row;
  if (externalId === "") throw unfit(line, "has no externalId");
  if (version !== "" && !/^\d{1,9}$/.test(version)) throw unfit(line, "version: no number");
  const isGroup = (ofKind || kind) === "group";
  return {
    line,
    account: {
      externalId,
      kind: ofKind || kind,
      attributes: Object.fromEntries(Object.entries(cells).filter(([, cell]) => cell !== "")),
      ...(version === "" ? {} : { version: Number(version) }),
      ...(isGroup && "members" in row
        ? { members: members.split("|").filter((each) => each !== "").map(toReference) }
        : {}),
    },
  };
}

export function unfit(line: number, what: string): CliError {
  return new CliError("PUSH_FILE_INVALID", `line ${line} ${what}; those before were pushed`);
}

type ListName = "members" | "addMembers" | "removeMembers";

function listOf(
  name: ListName,
  value: Readonly<Record<string, unknown>>,
  line: number,
): Partial<Record<ListName, readonly PushedReferenceInput[]>> {
  const given = value[name];
  if (isAbsent(given)) return {};
  const unlike = () => unfit(line, `${name}: no list of external ids`);
  if (!Array.isArray(given)) throw unlike();
  const list = given.map((each: unknown) => {
    if (typeof each === "string") return toReference(each);
    const { externalId, kind = "user" } = isRecord(each) ? each : {};
    if (typeof externalId !== "string" || typeof kind !== "string") throw unlike();
    return { externalId, kind };
  });
  return { [name]: list };
}

function toReference(externalId: string): PushedReferenceInput {
  return { externalId, kind: "user" };
}

function isAbsent(value: unknown): value is null | undefined {
  return value === null || value === undefined;
}

function isVersion(value: unknown): value is number {
  return typeof value === "number" && Number.isInteger(value);
}
