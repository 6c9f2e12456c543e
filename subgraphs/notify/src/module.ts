import { applicationHealthChanged, runChanged } from "@joinery/events";
import { handlerOf, type ServiceModule } from "@joinery/kit";
import { mailWorker } from "./app/mail-worker.js";
import type { NotifyDeps } from "./app/ports.js";
import { smtpMailer } from "./app/smtp-mailer.js";
import { tellOfHealth } from "./app/tell-of-health.js";
import { tellOfRun } from "./app/tell-of-run.js";
import { readNotifyConfig } from "./config.js";
import { NotificationResolver } from "./graphql/notifications.js";
import { databaseMigrations, tenantMigrations } from "./persistence/migrations.js";

/** Templates, triggers and channels. `create` throws CONFIG_INVALID. */
export const notifyModule: ServiceModule = {
  name: "notify",
  entities: [],
  databaseMigrations,
  tenantMigrations,
  consumes: ["applications"],
  graph: { resolvers: [NotificationResolver], references: {} },
  create: ({ door, internal, log, environment }) => {
    const deps: NotifyDeps = {
      door,
      internal,
      log,
      mailer: smtpMailer(readNotifyConfig(environment)),
    };
    const handlers = [
      handlerOf(runChanged, ({ envelope, payload }, lane) =>
        tellOfRun(deps, envelope, payload, lane),
      ),
      handlerOf(applicationHealthChanged, ({ envelope, payload }, lane) =>
        tellOfHealth(deps, envelope, payload, lane),
      ),
    ];
    return Promise.resolve({ deps, methods: {}, handlers, workers: [mailWorker(deps)] });
  },
};
