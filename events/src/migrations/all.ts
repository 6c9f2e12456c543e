import { outbox } from "./0001-outbox.js";
import { inbox } from "./0002-inbox.js";
import { receive } from "./0003-receive.js";
import { laneFunctions } from "./0004-lane-functions.js";

/** One forward step of schema `joinery`; run as the owner, with the role names filled in. */
export interface EventMigration {
  readonly id: string;
  readonly sql: string;
}

/** In order. A released step never changes. */
export const eventMigrations: readonly EventMigration[] = [
  { id: "events-0001-outbox", sql: outbox },
  { id: "events-0002-inbox", sql: inbox },
  { id: "events-0003-receive", sql: receive },
  { id: "events-0004-lane-functions", sql: laneFunctions },
];
