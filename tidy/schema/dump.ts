import { Client } from "pg";
import { othersOf, relationsOf, type Relation } from "./catalogue.ts";

/**
 * The shape of a service's database as text that a person can review: schema `joinery`, then the
 * schema of one tenant, whose name is written `{tenant}`. Data is not part of it.
 */
export async function dump(url: string, tenantSchema: string): Promise<string> {
  const client = new Client({ connectionString: url, application_name: "joinery schema" });
  await client.connect();
  try {
    await client.query("set search_path to pg_catalog");
    const parts = [await schemaText(client, "joinery"), await schemaText(client, tenantSchema)];
    const text = parts.join("\n").replaceAll(tenantSchema, "{tenant}");
    return `${text.replaceAll(/[ \t]+$/gm, "").trimEnd()}\n`;
  } finally {
    await client.end();
  }
}

async function schemaText(client: Client, schema: string): Promise<string> {
  const relations = await relationsOf(client, schema);
  const others = await othersOf(client, schema);
  const statements = [...relations.map(relationText), ...others.map(ended)];
  return [`-- schema ${schema}`, "", ...statements.map((one) => `${one}\n`)].join("\n");
}

function relationText(relation: Relation): string {
  const { name, kind, suffix, columns, constraints, statements } = relation;
  const inside = [...columns, ...constraints].map((line) => `  ${line}`).join(",\n");
  const body = inside === "" ? "" : ` (\n${inside}\n)`;
  return [`create ${kind} ${name}${body} ${suffix}`, ...statements].map(ended).join("\n");
}

function ended(statement: string): string {
  return `${statement.trim().replace(/;$/, "")};`;
}
