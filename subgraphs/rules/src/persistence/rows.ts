import type { ApplicationContext, RuleSet } from "@joinery/engine";
import { defineEntity, p } from "@mikro-orm/core";
import type { RuleSetState } from "../domain/rule-set-version.js";

const instant = (column: string) => p.datetime().fieldName(column);

export const RuleSetVersionRow = defineEntity({
  name: "RuleSetVersionRow",
  tableName: "rule_set_version",
  properties: {
    version: p.integer().primary(),
    hash: p.string(),
    state: p.string().$type<RuleSetState>(),
    body: p.json<RuleSet>(),
    note: p.string(),
    createdBy: p.string().fieldName("created_by"),
    createdAt: instant("created_at"),
    publishedAt: instant("published_at").nullable(),
    activatedAt: instant("activated_at").nullable(),
    storedBy: p.array().$type<string[]>().fieldName("stored_by"),
  },
});

export const ApplicationViewRow = defineEntity({
  name: "ApplicationViewRow",
  tableName: "application_view",
  properties: {
    id: p.uuid().primary(),
    key: p.string(),
    schema: p.json<ApplicationContext["schema"]>(),
    state: p.string().$type<"active" | "deleted">(),
    revision: p.integer(),
  },
});
