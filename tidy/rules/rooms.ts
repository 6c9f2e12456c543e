import { join, normalize, dirname } from "node:path/posix";
import type { House } from "../house/house.ts";
import type { Import, Source } from "../house/source.ts";
import type { Violation } from "../house/violation.ts";

const rule = "rooms";

/** What a folder of a subgraph may import: other rooms of it, and packages. */
interface Room {
  readonly rooms: readonly string[];
  /** Rooms and packages of which only types may be imported. */
  readonly types: readonly string[];
  readonly packages: readonly string[];
}

/** Packages that a subgraph may need at all; rooms say where. */
const shared = ["kit", "events", "engine", "connectors", "scim"];

/** The files beside the rooms: `config.ts`, `main.ts`, `module.ts` and what they are split into. */
const beside = "wiring";
const everyRoom = ["domain", "app", "persistence", "graphql", "events"];

/** The table of what lives where inside a subgraph (decisions 0001 and 0007). */
const rooms: Readonly<Record<string, Room>> = {
  domain: { rooms: ["domain"], types: ["kit", "connectors"], packages: ["engine", "scim"] },
  app: { rooms: ["domain", "app", "persistence"], types: [], packages: shared },
  persistence: {
    rooms: ["domain", "persistence", "app/ports.ts"],
    types: ["app"],
    packages: ["engine", "kit", "events", "scim"],
  },
  graphql: { rooms: ["app", "graphql"], types: ["domain"], packages: ["kit"] },
  events: {
    rooms: ["domain", "app", "persistence", "events"],
    types: [],
    packages: ["engine", "kit", "events"],
  },
  "config.ts": { rooms: [], types: [], packages: ["kit"] },
  [beside]: { rooms: [...everyRoom, beside, "config.ts"], types: [], packages: shared },
};

const withRooms = /^subgraphs\/(crypto|applications|vault|rules|notify|audit)\/src\/(.+)$/;

/** Every file of a subgraph lies in a room and imports what its room may. Tests may import more. */
export function roomsOfSubgraphs(house: House): readonly Violation[] {
  return house.sources.flatMap((source) => {
    const inside = withRooms.exec(source.path)?.[2];
    if (!inside || source.isTest) return [];
    const room = rooms[roomOf(inside)];
    const at = (line: number, message: string) => ({ rule, path: source.path, line, message });
    if (!room) return [at(0, `is in no room (${everyRoom.join(", ")})`)];
    return source.imports.flatMap((one) => {
      const message = objection(source, inside, room, one);
      return message ? [at(one.line, message)] : [];
    });
  });
}

function objection(source: Source, inside: string, room: Room, one: Import): string | undefined {
  const own = /^@joinery\/([^/]+)/.exec(one.specifier)?.[1];
  if (own) {
    // Anything else is the package graph's business.
    if (!shared.includes(own) || room.packages.includes(own)) return undefined;
    if (one.typeOnly && room.types.includes(own)) return undefined;
    return `${roomOf(inside)} may not import ${own}`;
  }
  if (!one.specifier.startsWith(".")) return undefined;
  const root = source.path.slice(0, source.path.length - inside.length);
  const target = normalize(join(dirname(source.path), one.specifier));
  if (!target.startsWith(root)) return undefined;
  const file = target.slice(root.length).replace(/\.js$/, ".ts");
  const fits = (allowed: readonly string[]) =>
    allowed.some((each) => file === each || roomOf(file) === each);
  if (fits(room.rooms) || (one.typeOnly && fits(room.types))) return undefined;
  return `${roomOf(inside)} may not import ${file}`;
}

function roomOf(inside: string): string {
  const [first = "", ...deeper] = inside.split("/");
  return deeper.length > 0 || first === "config.ts" ? first : beside;
}
