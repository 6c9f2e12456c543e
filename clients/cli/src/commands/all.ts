import type { Command } from "commander";
import type { Act } from "../call.js";
import { addApplication } from "./application.js";
import { addAudit } from "./audit.js";
import { addClient } from "./client.js";
import { addConnection } from "./connection.js";
import { addDoctor } from "./doctor.js";
import { addFuture } from "./future.js";
import { addIdentities } from "./identity.js";
import { addNotifications } from "./notifications.js";
import { addPassword } from "./password.js";
import { addPlan } from "./plan.js";
import { addPush } from "./push.js";
import { addRules } from "./rules.js";
import { addImport, addRun } from "./run.js";
import { addSchedule } from "./schedule.js";
import { addSecret } from "./secret.js";
import { addSimulate } from "./simulate.js";
import { addSignIn } from "./sign-in.js";
import { addSignOut } from "./sign-out.js";
import { addWhoami } from "./whoami.js";

/** All commands, in the order in which help lists them. */
export function addCommands(program: Command, act: Act): void {
  const all = [
    addDoctor,
    addSignIn,
    addSignOut,
    addWhoami,
    addSecret,
    addConnection,
    addApplication,
    addClient,
    addPush,
    addRules,
    addImport,
    addRun,
    addSimulate,
    addSchedule,
    addFuture,
    addPlan,
    addPassword,
    addIdentities,
    addAudit,
    addNotifications,
  ];
  for (const add of all) add(program, act);
}
