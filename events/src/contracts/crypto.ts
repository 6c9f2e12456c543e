import { Type, type Static } from "typebox";
import { defineEvent } from "../contract.js";
import { action } from "./shapes.js";

/**
 * Something that concerns who may do what: sign-in and sign-out, operators, passwords, secrets by
 * name, organisations. Who and when is in the envelope; whoever has not signed in is the person
 * `anonymous`. Never with passwords, tokens or values of secrets.
 *
 * Actions: `session.open` (done or refused), `session.close`, `session.closeAll`,
 * `password.change`, `password.recover`, `operator.add`, `operator.setRole`, `operator.disable`,
 * `secret.set`, `secret.delete`, `organisation.create`.
 */
export const cryptoActionRecorded = defineEvent({
  name: "crypto.action.recorded",
  version: 1,
  payload: Type.Object({
    ...action.properties,
    /** Network address of whoever asked, where the edge knows it. */
    address: Type.Optional(Type.String({ maxLength: 64 })),
  }),
});
export type CryptoActionRecorded = Static<typeof cryptoActionRecorded.schema>;
