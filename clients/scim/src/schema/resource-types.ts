import { enterpriseUserSchema } from "./enterprise-user.js";
import { groupSchema } from "./group.js";
import type { ScimResourceType } from "./schema.js";
import { userSchema } from "./user.js";

export const userType: ScimResourceType = {
  name: "User",
  endpoint: "/Users",
  description: "Accounts of people.",
  schema: userSchema,
  extensions: [{ schema: enterpriseUserSchema, required: false }],
};

export const groupType: ScimResourceType = {
  name: "Group",
  endpoint: "/Groups",
  description: "Groups of accounts.",
  schema: groupSchema,
  extensions: [],
};

export const resourceTypes: readonly ScimResourceType[] = [userType, groupType];
