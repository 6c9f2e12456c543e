import { parse } from "csv-parse/sync";

/** A person's account in the directory, by uid; attributes as texts. */
export type DirectoryState = {
  readonly people: ReadonlyMap<string, Readonly<Record<string, string>>>;
  /** Uids by the name of the group. */
  readonly groups: ReadonlyMap<string, ReadonlySet<string>>;
};

export type SecondState = ReadonlyMap<string, Readonly<Record<string, string>>>;

export interface Expected {
  readonly identities: number;
  readonly directory: DirectoryState;
  readonly second: SecondState;
}

/**
 * What must be there, worked out from the HR file alone, by other means than Joinery's: another CSV
 * parser, no rule language, no code of the engine.
 */
export function expectedFrom(hrFile: string): Expected {
  const rows = parse(hrFile, { columns: true, bom: true }) as Record<string, string>[];
  const active = rows.filter((row) => row["status"] === "active");
  const isActive = new Set(active.map((row) => row["number"]));
  const people = new Map<string, Record<string, string>>();
  const groups = new Map<string, Set<string>>();
  const second = new Map<string, Record<string, string>>();
  for (const row of active) {
    const cell = (name: string) => row[name] ?? "";
    const number = cell("number");
    const uid = `u${number}`;
    const name = `${cell("firstName")} ${cell("lastName")}`;
    const mail = `u${number}@example.com`;
    people.set(uid, withoutEmpty({
      uid,
      cn: name,
      sn: cell("lastName"),
      givenName: cell("firstName"),
      employeeNumber: number,
      departmentNumber: cell("department"),
      title: cell("title"),
      l: cell("city"),
      telephoneNumber: cell("phone"),
      mail,
      // A manager who has left has no account that could be named.
      manager: isActive.has(cell("manager")) ? `u${cell("manager")}` : "",
    }));
    groups.set(cell("department"), (groups.get(cell("department")) ?? new Set()).add(uid));
    second.set(number, withoutEmpty({
      id: number, name, email: mail, department: cell("department"), role: cell("title"),
    }));
  }
  return { identities: rows.length, directory: { people, groups }, second };
}

function withoutEmpty(cells: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(cells).filter(([, value]) => value !== ""));
}

/** Every difference as a sentence; empty when both are the same. */
export function differencesOf(
  expected: Expected,
  directory: DirectoryState,
  second: SecondState,
): string[] {
  const groupTexts = (groups: DirectoryState["groups"]) =>
    new Map(
      [...groups].map(([name, members]) => [name, { members: [...members].sort().join(" ") }]),
    );
  return [
    ...compare("directory", expected.directory.people, directory.people),
    ...compare("group", groupTexts(expected.directory.groups), groupTexts(directory.groups)),
    ...compare("second", expected.second, second),
  ];
}

function compare(
  what: string,
  expected: ReadonlyMap<string, Readonly<Record<string, string>>>,
  found: ReadonlyMap<string, Readonly<Record<string, string>>>,
): string[] {
  const differences: string[] = [];
  for (const id of new Set([...expected.keys(), ...found.keys()])) {
    const a = expected.get(id);
    const b = found.get(id);
    if (a === undefined) differences.push(`${what} ${id} should not be there`);
    else if (b === undefined) differences.push(`${what} ${id} is missing`);
    else differences.push(...compareCells(`${what} ${id}`, a, b));
  }
  return differences;
}

function compareCells(
  what: string,
  expected: Readonly<Record<string, string>>,
  found: Readonly<Record<string, string>>,
): string[] {
  return [...new Set([...Object.keys(expected), ...Object.keys(found)])]
    .filter((name) => expected[name] !== found[name])
    .map(
      (name) =>
        `${what} ${name}: ${JSON.stringify(found[name])} is not ${JSON.stringify(expected[name])}`,
    );
}
