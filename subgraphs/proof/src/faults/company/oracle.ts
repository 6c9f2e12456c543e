import type { Person, Population } from "./population.js";

/** An account as a target should have it; `enabled` null where the target's state is not ours. */
export interface ExpectedAccount {
  readonly attributes: Readonly<Record<string, string>>;
  readonly enabled: boolean | null;
}

/** What must be there, worked out from HR alone: no rule language, no code of Joinery. */
export interface Expected {
  /** Attributes by employee number. */
  readonly identities: ReadonlyMap<string, { readonly gone: boolean; readonly texts: Texts }>;
  /** By login. */
  readonly directory: ReadonlyMap<string, ExpectedAccount>;
  readonly wiki: ReadonlyMap<string, ExpectedAccount>;
  /** Logins by the name of the group. */
  readonly members: ReadonlyMap<string, ReadonlySet<string>>;
}

type Texts = Readonly<Record<string, string>>;

export function expectedOf({ present, removed }: Population): Expected {
  const identities = new Map<string, { gone: boolean; texts: Texts }>();
  const directory = new Map<string, ExpectedAccount>();
  const wiki = new Map<string, ExpectedAccount>();
  const members = new Map<string, Set<string>>();
  for (const person of present.values()) {
    identities.set(person.number, { gone: false, texts: identityTexts(person) });
    const isActive = person.status === "active";
    wiki.set(loginOf(person.number), { attributes: accountTexts(person), enabled: isActive });
    if (!isActive) continue;
    const manager = person.manager === "" ? {} : { manager: loginOf(person.manager) };
    const attributes = { ...accountTexts(person), department: person.department, ...manager };
    directory.set(loginOf(person.number), { attributes, enabled: null });
    const group = members.get(person.department) ?? new Set();
    members.set(person.department, group.add(loginOf(person.number)));
  }
  for (const person of removed.values()) {
    identities.set(person.number, { gone: true, texts: {} });
    wiki.set(loginOf(person.number), { attributes: accountTexts(person), enabled: false });
  }
  return { identities, directory, wiki, members };
}

export function loginOf(number: string): string {
  return `u${number}`;
}

function identityTexts(person: Person): Texts {
  const { number, firstName, lastName, department, title, city, status } = person;
  return {
    number, givenName: firstName, familyName: lastName, displayName: `${firstName} ${lastName}`,
    department, title, city, status, mail: `u${number}@example.com`,
  };
}

function accountTexts(person: Person): Texts {
  const { number, firstName, lastName, title, city } = person;
  return {
    login: loginOf(number), displayName: `${firstName} ${lastName}`,
    mail: `u${number}@example.com`, title, city,
  };
}
