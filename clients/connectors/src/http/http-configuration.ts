import * as z from "zod";
import { isLoopback, secretName, trustProblems, trustSettings } from "../trust-settings.js";

const mebibyte = 1024 * 1024;

const webAddress = z.string().max(8192).superRefine((text, context) => {
  const parsed = URL.canParse(text) ? new URL(text) : undefined;
  const good = parsed !== undefined && /^https?:$/.test(parsed.protocol)
    && parsed.username === "" && parsed.password === "" && parsed.search === ""
    && parsed.hash === "";
  if (good) return;
  const message = "is https://host[:port][/path], without name, question mark or number sign";
  context.addIssue({ code: "custom", message });
});

/** Text that can stand in a header and in a form. */
const plainText = z.string().min(1, "is not empty").max(1024).regex(
  /^[^\p{Cc}]*$/u, "has no control characters",
);

/** RFC 9110 §5.6.2. */
const token = z.string().max(256).regex(/^[\w!#$%&'*+.^`|~-]+$/, "has only letters, digits and -");

const authentication = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("none") }),
  /** A key that somebody gave us, where the system wants it. */
  z.strictObject({
    kind: z.literal("apiKey"), in: z.enum(["header", "query"]), name: token, keySecret: secretName,
  }),
  /** RFC 6750: a token that somebody gave us. */
  z.strictObject({ kind: z.literal("bearer"), tokenSecret: secretName }),
  /** RFC 7617. */
  z.strictObject({
    kind: z.literal("basic"),
    user: plainText.refine((text) => !text.includes(":"), "has no colon"),
    passwordSecret: secretName,
  }),
  /** RFC 6749 §4.4: client credentials; the token is asked for, kept and renewed. */
  z.strictObject({
    kind: z.literal("oauth2"),
    tokenUrl: webAddress,
    clientId: plainText,
    clientSecret: secretName,
    scope: plainText.optional(),
    /** Where the client's secret travels: in a header, as RFC 6749 asks for, or in the form. */
    clientIn: z.enum(["header", "form"]).default("header"),
  }),
]);

const timeouts = z.strictObject({
  connectMs: z.int().min(10).max(300_000).default(10_000),
  /** From the first byte sent to the last byte of the answer. */
  answerMs: z.int().min(10).max(3_600_000).default(60_000),
});

const retries = z.strictObject({
  /** How often a read is tried again; a write is never sent twice. */
  max: z.int().min(0).max(20).default(4),
  /** The longest that the server may have us wait; longer is an error that says until when. */
  waitMsMax: z.int().min(0).max(600_000).default(60_000),
});

/** How to reach a system that speaks HTTP, and who we are. */
export const httpSettings = {
  url: webAddress,
  authentication,
  ...trustSettings,
  /** Whether http:// will do: on this machine (loopback) alone. */
  allowPlain: z.boolean().default(false),
  timeouts: timeouts.prefault({}),
  retries: retries.prefault({}),
  /** The most requests in a second, of one connector or of all with the same connection. */
  requestsPerSecond: z.number().min(0.01).max(10_000).optional(),
  /** The most requests under way at once, of one connector or of all with one connection. */
  requestsAtOnceMax: z.int().min(1).max(1_000).optional(),
  /** The largest answer that is taken, in bytes. */
  answerBytesMax: z.int().min(1024).max(1024 * mebibyte).default(64 * mebibyte),
};

export type HttpConfiguration = z.infer<z.ZodObject<typeof httpSettings>>;
export type HttpAuthentication = z.infer<typeof authentication>;

/** What contradicts itself in how to reach a server: setting and message. */
export function* httpProblems(
  settings: HttpConfiguration,
): Generator<readonly [string, string]> {
  yield* trustProblems(settings);
  const { allowPlain, authentication: proof } = settings;
  yield* plainProblems("url", settings.url, allowPlain);
  if (proof.kind !== "oauth2") return;
  yield* plainProblems("authentication.tokenUrl", proof.tokenUrl, allowPlain);
}

function* plainProblems(
  setting: string, url: string, allowPlain: boolean,
): Generator<readonly [string, string]> {
  const target = URL.canParse(url) ? new URL(url) : undefined;
  if (target?.protocol !== "http:") return;
  if (!allowPlain) yield [setting, "is https://: secrets never travel in clear"];
  else if (!isLoopback(target.hostname)) {
    yield [setting, "is https://: in clear is for this machine (loopback) only"];
  }
}
