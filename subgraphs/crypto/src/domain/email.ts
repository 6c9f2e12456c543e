import { domainToASCII } from "node:url";
import { accept, refuse, type Outcome } from "./refusal.js";

/** `address` is shown and written to; `key` is what makes an address unique. */
export interface Email {
  readonly address: string;
  readonly key: string;
}

/** RFC 5321 §4.5.3.1: a path has 256 octets with its brackets, a local part 64. */
const addressOctetsMax = 254;
const localOctetsMax = 64;

/** Unquoted local part (RFC 5321 `Dot-string`, RFC 6531 for what is beyond ASCII). */
const localPart =
  /^[\p{L}\p{M}\p{N}!#$%&'*+/=?^_`{|}~-]+(?:\.[\p{L}\p{M}\p{N}!#$%&'*+/=?^_`{|}~-]+)*$/u;

/**
 * Case never tells two people apart, in any script, nor does the way a character was typed; domains
 * compare in their ASCII form (IDNA). Answers EMAIL_INVALID.
 */
export function parseEmail(text: string): Outcome<Email> {
  const address = text.trim().normalize("NFC");
  const at = address.lastIndexOf("@");
  const local = address.slice(0, at);
  const domain = at < 1 ? "" : domainToASCII(address.slice(at + 1));
  const fits =
    localPart.test(local) &&
    domain !== "" &&
    isHostName(domain) &&
    Buffer.byteLength(local) <= localOctetsMax &&
    Buffer.byteLength(address) <= addressOctetsMax;
  return fits ? accept({ address, key: `${folded(local)}@${domain}` }) : refuse("EMAIL_INVALID");
}

/** `domainToASCII` also rewrites numbers to IPv4 addresses, which are no mail domains. */
function isHostName(domain: string): boolean {
  const labels = domain.split(".");
  return (
    labels.every((label) => /^(?!-)[a-z0-9-]{1,63}(?<!-)$/.test(label)) &&
    !/^[0-9]+$/.test(labels.at(-1) ?? "")
  );
}

/** Upper before lower case, so that letters with two lower forms (ς σ, ß ss, ſ s) fall together. */
function folded(text: string): string {
  return text.normalize("NFKC").toUpperCase().toLowerCase().normalize("NFKC");
}
