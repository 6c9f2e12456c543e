import type { House } from "../house/house.ts";
import type { Violation } from "../house/violation.ts";
import { comments } from "./comments.ts";
import { copies } from "./copies.ts";
import { cycles } from "./cycles.ts";
import { environment } from "./environment.ts";
import { layout } from "./layout.ts";
import { machinePaths } from "./machine-paths.ts";
import { manifests } from "./manifests.ts";
import { ownedLibraries } from "./owned-libraries.ts";
import { packageGraph } from "./package-graph.ts";
import { proofs } from "./proofs.ts";
import { purity } from "./purity.ts";
import { roomsOfSubgraphs } from "./rooms.ts";
import { shape } from "./shape.ts";
import { subjects } from "./subjects.ts";

export type Rule = (house: House) => readonly Violation[];

/** Who may import whom. */
export const boundaryRules: readonly Rule[] = [
  packageGraph, roomsOfSubgraphs, ownedLibraries, purity, cycles,
];

/** Everything else that one look at each file can tell. */
export const tidyRules: readonly Rule[] = [
  layout, shape, environment, subjects, comments, machinePaths, manifests, copies,
  proofs,
];

export function violationsOf(house: House, rules: readonly Rule[]): readonly Violation[] {
  return rules.flatMap((rule) => rule(house));
}
