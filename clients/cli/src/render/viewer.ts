import type { ViewerDetailsFragment } from "@joinery/sdk";
import { printable } from "../output/printable.js";

/** `Ada <ada@example.com>, owner of Example` */
export function viewerLine({ operator, organisation, role }: ViewerDetailsFragment): string {
  const who = `${printable(operator.name)} <${printable(operator.email)}>`;
  return `${who}, ${role.toLowerCase()} of ${printable(organisation.name)}`;
}
