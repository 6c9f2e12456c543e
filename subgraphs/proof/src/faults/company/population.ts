import type { Random } from "../../support/random.js";

/** One row of the HR file of a campaign. */
export interface Person {
  readonly number: string;
  readonly firstName: string;
  readonly lastName: string;
  readonly department: string;
  readonly title: string;
  readonly city: string;
  /** Number of the manager; empty for the first one. */
  readonly manager: string;
  readonly status: "active" | "left";
}

/** HR from day to day: who is in the file now, and whoever was in it before as they were last. */
export interface Population {
  readonly day: number;
  readonly present: ReadonlyMap<string, Person>;
  readonly removed: ReadonlyMap<string, Person>;
}

const firstNames = [
  "Ana", "José María", "Søren", "Zoë", "Łukasz", "Nguyễn", "小龍", "Marie-Claire", "D'Arcy",
  "Βασίλης",
];
const lastNames = [
  "Silva", "O'Neill", "van der Berg", "Smith, Jr.", "\"Quote\" Doe", "=SUM(A1)", "李", "Straße",
  "Ek",
];
const departments = ["Sales", "Finance", "R&D, Labs", "Support", "Opérations", "Einkauf #1"];
const cities = ["Lisbon", "Malmö", "Kraków", "São Paulo", "東京"];

const firstNumber = 100_001;
/** The first in each so many lead the others; they stay, so that everybody always has a manager. */
const teamSize = 20;

/** Everybody of the first day. */
export function found(count: number, random: Random): Population {
  const present = new Map<string, Person>();
  for (let index = 0; index < count; index += 1) hire(present, index, 0, random);
  return { day: 0, present, removed: new Map() };
}

/**
 * The next day: of a hundred, about one is hired, one leaves, one comes back, one in two hundred
 * drops out of the file, four are changed. Each changed value is new, so that nothing can be right
 * by chance.
 */
export function nextDay(before: Population, random: Random): Population {
  const day = before.day + 1;
  const present = new Map(before.present);
  const removed = new Map(before.removed);
  const some = (percent: number) => Math.max(1, Math.round((before.present.size * percent) / 100));
  const total = present.size + removed.size;
  for (let n = 0; n < some(1); n += 1) hire(present, total + n, day, random);
  for (const person of pick([...before.present.values()], some(7), random)) {
    if (isLead(person)) continue;
    const fate = random.below(8);
    if (fate < 4) present.set(person.number, changed(person, day, random));
    else if (fate < 6) present.set(person.number, { ...person, status: "left" });
    else if (fate < 7) present.set(person.number, { ...person, status: "active" });
    else {
      present.delete(person.number);
      removed.set(person.number, person);
    }
  }
  return { day, present, removed };
}

function hire(into: Map<string, Person>, index: number, day: number, random: Random): void {
  const lead = index % teamSize === 0 ? 0 : index - (index % teamSize);
  const number = String(firstNumber + index);
  into.set(number, {
    number,
    firstName: random.pick(firstNames),
    lastName: random.pick(lastNames),
    department: random.pick(departments),
    title: `Title ${day}.${index}`,
    city: random.pick(cities),
    manager: index === 0 ? "" : String(firstNumber + lead),
    status: index % teamSize !== 0 && random.below(20) === 0 ? "left" : "active",
  });
}

function isLead({ number }: Person): boolean {
  return (Number(number) - firstNumber) % teamSize === 0;
}

function changed(person: Person, day: number, random: Random): Person {
  const title = `Title ${day} of ${person.number}`;
  const fate = random.below(3);
  if (fate === 0) return { ...person, title };
  if (fate === 1) return { ...person, title, department: random.pick(departments) };
  return { ...person, lastName: `${random.pick(lastNames)} ${day}`, city: random.pick(cities) };
}

function pick<T>(from: readonly T[], count: number, random: Random): T[] {
  const picked = new Set<T>();
  for (let n = 0; n < count; n += 1) picked.add(random.pick(from));
  return [...picked];
}

const columns = [
  "number", "firstName", "lastName", "department", "title", "city", "manager", "status",
] as const;

/** RFC 4180, every cell quoted. */
export function toCsv({ present }: Population): string {
  const rows = [...present.values()].map((person) =>
    columns.map((column) => `"${person[column].replaceAll('"', '""')}"`).join(","));
  return [columns.join(","), ...rows, ""].join("\r\n");
}
