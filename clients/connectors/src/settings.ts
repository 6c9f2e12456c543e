import type * as z from "zod";

/** One thing that is wrong with a configuration; `setting` is its path, dots between the parts. */
export interface SettingProblem {
  readonly setting: string;
  readonly message: string;
}

/** All problems of a configuration at once, in the order of the settings; empty when it is good. */
export function settingProblems(schema: z.ZodType, configuration: unknown): SettingProblem[] {
  const result = schema.safeParse(configuration);
  if (result.success) return [];
  return result.error.issues.flatMap((issue) => {
    if (issue.code === "unrecognized_keys") {
      return issue.keys.map((key) => ({
        setting: [...issue.path, key].join("."),
        message: "is not a setting",
      }));
    }
    return [{ setting: issue.path.join("."), message: messageOf(issue) }];
  });
}

function messageOf(issue: z.core.$ZodIssue): string {
  if (issue.code === "invalid_type" && issue.input === undefined) return "is required";
  if (issue.code === "invalid_key") return issue.issues[0]?.message ?? issue.message;
  return issue.message;
}
