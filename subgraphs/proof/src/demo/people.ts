import { Random } from "../support/random.js";

/** One row of the HR file. */
export interface Person {
  readonly number: string;
  readonly firstName: string;
  readonly lastName: string;
  readonly department: string;
  readonly title: string;
  readonly city: string;
  readonly phone: string;
  /** Number of the manager; empty for whoever has none. */
  readonly manager: string;
  readonly status: "active" | "left";
  readonly startDate: string;
}

const firstNames = [
  "Ana", "José María", "Søren", "Zoë", "Łukasz", "Nguyễn", "小龍", "Ólafur", "Marie-Claire", "D'Arcy",
  "Jürgen", "Siobhán", "Xénia", "İpek", "Βασίλης", "Андрей", "Aoife", "Noah", "Olivia", "Liam",
];
const lastNames = [
  "Silva", "O'Neill", "van der Berg", "Ødegård", "Smith, Jr.", "Müller-Lüdenscheidt",
  "\"Quote\" Doe",
  "García Márquez", "=SUM(A1)", "Nakamura", "李", "Brown", "Ó Dálaigh", "Straße", "de la Cruz",
  "Tran",
  "Kowalska", "Null", "Ek", "Papadopoulos",
];
const departments = [
  "Sales", "Finance", "Engineering", "R&D, Labs", "Human Resources", "Support", "Legal",
  "Marketing",
  "Einkauf #1", "Opérations",
];
const titles = ["Associate", "Engineer", "Manager", "Director", "Specialist", "Consultant"];
const cities = ["Lisbon", "Malmö", "Kraków", "Dublin", "Athens", "Tokyo", "São Paulo"];

/**
 * People whom only the seed decides: a tree of managers, awkward names, three in a hundred left.
 */
export function makePeople(count: number, seed: number): Person[] {
  const random = new Random(seed);
  return Array.from({ length: count }, (_, index) => ({
    number: String(100_001 + index),
    firstName: random.pick(firstNames),
    lastName: random.pick(lastNames),
    department: random.pick(departments),
    title: random.pick(titles),
    city: random.pick(cities),
    phone: `+44 20 7946 ${String(random.below(10_000)).padStart(4, "0")}`,
    manager: index === 0 ? "" : String(100_001 + Math.floor((index - 1) / 8)),
    status: index % 33 === 32 ? "left" : "active",
    startDate: `20${String(10 + random.below(16))}-0${1 + random.below(9)}-1${random.below(10)}`,
  }));
}

const columns = [
  "number", "firstName", "lastName", "department", "title", "city", "phone", "manager", "status",
  "startDate",
] as const;

/** RFC 4180, every cell quoted. */
export function toCsv(people: readonly Person[]): string {
  const rows = people.map((person) => columns.map((column) => quoted(person[column])).join(","));
  return `${columns.join(",")}\r\n${rows.map((row) => `${row}\r\n`).join("")}`;
}

function quoted(cell: string): string {
  return `"${cell.replaceAll('"', '""')}"`;
}
