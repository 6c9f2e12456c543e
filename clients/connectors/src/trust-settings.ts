import * as z from "zod";

/** Name of a secret that the host opens. */
export const secretName = z.string().min(1, "is not empty").max(256);

/** Whose certificates to trust, where not those that the machine trusts. */
export const trustSettings = {
  /** PEM of the authorities to trust, instead of those that the system trusts. */
  ca: z.string().regex(/-----BEGIN CERTIFICATE-----/, "is a certificate as PEM").optional(),
  caSecret: secretName.optional(),
  /** Name that the certificate must bear, where it is not the host of the url. */
  serverName: z.string().min(1, "is not empty").max(253).optional(),
};

type Trust = z.infer<z.ZodObject<typeof trustSettings>>;

/** What contradicts itself: setting and message. */
export function* trustProblems({ ca, caSecret }: Trust): Generator<readonly [string, string]> {
  if (ca === undefined || caSecret === undefined) return;
  yield ["caSecret", "is not used together with ca"];
}

export function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || hostname === "[::1]" || /^127(?:\.\d{1,3}){3}$/.test(hostname);
}
