import { createTransport } from "nodemailer";
import type { Mailer, MailSettings } from "./ports.js";

/** Mail over SMTP; STARTTLS is used where the server offers it, certificates are verified. */
export function smtpMailer({ smtpUrl, sender }: MailSettings): Mailer | null {
  if (smtpUrl === null) return null;
  const transport = createTransport({
    url: smtpUrl,
    connectionTimeout: 10_000,
    greetingTimeout: 10_000,
    socketTimeout: 30_000,
    tls: { minVersion: "TLSv1.2" },
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  return {
    send: async ({ messageId, to, subject, text }) => {
      await transport.sendMail({ from: sender, to, subject, text, messageId });
    },
    close: () => transport.close(),
  };
}
