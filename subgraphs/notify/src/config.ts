import { readConfig, text, url } from "@joinery/kit";

/** Mail is off without a server; with one, a sender is needed too. */
export const notifyVariables = {
  smtpUrl: {
    name: "JOINERY_SMTP_URL",
    help: "mail server, `smtp://user:password@host:port` or `smtps://…`; without it mails wait",
    parse: url("smtp:", "smtps:"),
    secret: true,
    fallback: { value: null, shown: "mails wait" },
  },
  sender: {
    name: "JOINERY_MAIL_FROM",
    help: "sender of mails",
    parse: text,
    fallback: { value: "Joinery <joinery@localhost>", shown: "`Joinery <joinery@localhost>`" },
  },
} as const;

/** Throws CONFIG_INVALID with all problems. */
export function readNotifyConfig(environment: NodeJS.ProcessEnv) {
  return readConfig(notifyVariables, environment);
}
