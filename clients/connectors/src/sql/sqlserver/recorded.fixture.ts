import { sqlConfigurationSchema } from "../configuration.js";
import type { SqlDriver, SqlResult, SqlRow } from "../session.js";
import { SqlConnector } from "../sql-connector.js";
import { sqlServerDialect } from "./sqlserver-dialect.js";

/** What was sent, and with which values. */
export interface Sent {
  readonly text: string;
  readonly values: SqlRow;
}

/** A column as the server describes it; what is not said is an ordinary one. */
interface Described {
  readonly name: string;
  readonly type: string;
  readonly isKey?: boolean;
  readonly isFilled?: boolean;
  readonly nullable?: boolean;
  readonly length?: number;
}

type Tables = Readonly<Record<string, readonly Described[]>>;

/**
 * A connector whose statements are kept instead of sent: there is no server to run them. The
 * catalogue is answered from `tables`; `answer` may say what else the server would.
 */
export function recorded(
  settings: Readonly<Record<string, unknown>>, tables: Tables,
  answer: (sent: Sent) => SqlResult | undefined = () => undefined,
): { readonly connector: SqlConnector; readonly sent: Sent[] } {
  const sent: Sent[] = [];
  const driver: SqlDriver = {
    query: (text, values) => {
      sent.push({ text, values });
      const described = describedBy(tables, { text, values });
      if (described !== undefined) return Promise.resolve({ rows: described, affected: 0 });
      if (text.includes("sp_getapplock")) return Promise.resolve({ rows: [["0"]], affected: 1 });
      const affected = /^(insert|update|delete) /.test(text) ? 1 : 0;
      return Promise.resolve(answer({ text, values }) ?? { rows: [], affected });
    },
    control: (text) => {
      sent.push({ text, values: [] });
      return Promise.resolve();
    },
    fields: (text) => {
      sent.push({ text, values: [] });
      return Promise.resolve([]);
    },
    end: () => Promise.resolve(),
    destroy: () => undefined,
  };
  const configuration = sqlConfigurationSchema.parse({
    dialect: "sqlserver", host: "db.example.org", database: "hr", user: "joinery",
    passwordSecret: "hr", mayBeEmpty: true, ...settings,
  });
  const dialect = { ...sqlServerDialect, connect: () => Promise.resolve(driver) };
  const password = { use: <T>(read: (plain: string) => T) => read("secret") };
  return {
    connector: new SqlConnector({ dialect, configuration, password, ca: undefined }), sent,
  };
}

function describedBy(tables: Tables, { text, values }: Sent): readonly SqlRow[] | undefined {
  if (!text.includes("dm_exec_describe_first_result_set")) return undefined;
  const [query, table] = values as readonly (string | null)[];
  const columns = tables[table ?? (query as string)] ?? [];
  return columns.map(({ name, type, isKey, isFilled, nullable, length }, at) => [
    name, type, type, String(length ?? -1), "18", "4", nullable === true ? "1" : "0",
    "Latin1_General_CI_AS", "1252", table === null ? null : String(at + 1), "0",
    isFilled === true ? "1" : "0", isKey === true ? "1" : "0",
  ]);
}
