import type { OutboundPort } from "../app/outbound-ports.js";
import { outboundLoad } from "./outbound-load.js";
import { outboundSave } from "./outbound-save.js";

export const outboundStore: OutboundPort = { ...outboundLoad, ...outboundSave };
