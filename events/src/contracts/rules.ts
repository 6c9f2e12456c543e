import { Type } from "typebox";
import { defineEvent } from "../contract.js";
import { action, count } from "./shapes.js";

/**
 * A published rule set, cut into chunks of at most 256 KiB of text. The whole is the canonical JSON
 * whose SHA-256 is `hash`; `version` counts up within the organisation.
 */
export const bundlePublished = defineEvent({
  name: "rules.bundle.published",
  version: 1,
  payload: Type.Object({
    hash: Type.String(),
    version: count,
    chunk: count,
    chunks: count,
    data: Type.String({ maxLength: 262_144 }),
  }),
});

/** From now on new runs are pinned to it: vault and applications both hold it. */
export const bundleActivated = defineEvent({
  name: "rules.bundle.activated",
  version: 1,
  payload: Type.Object({ hash: Type.String(), version: count }),
});

export const rulesActionRecorded = defineEvent({
  name: "rules.action.recorded",
  version: 1,
  payload: action,
});
