import type { GraphContext } from "@joinery/kit";
import type { Deps } from "../app/ports.js";

export type Context = GraphContext<Deps>;
