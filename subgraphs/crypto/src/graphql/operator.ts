import { GraphQLDateTime } from "graphql-scalars";
import { Directive, Field, ID, ObjectType } from "type-graphql";
import type { OperatorState } from "../domain/operator.js";
import type { Role } from "@joinery/kit";
import type { Context } from "./context.js";
import { operatorLoader } from "./operator-loader.js";
import { operatorStateEnum, roleEnum } from "./role-enum.js";

@Directive('@key(fields: "id")')
@ObjectType({ description: "A person who signs in, as this organisation knows them." })
export class Operator {
  @Field(() => ID, { description: "Never changes." })
  id!: string;

  @Field(() => String, { description: "Where mail goes, and what the person signs in with." })
  email!: string;

  @Field(() => String, { description: "As people call them." })
  name!: string;

  @Field(() => roleEnum, { description: "What they may do here." })
  role!: Role;

  @Field(() => operatorStateEnum, { description: "Whether they may sign in." })
  state!: OperatorState;

  @Field(() => GraphQLDateTime, { description: "When they were added to this organisation." })
  createdAt!: Date;
}

/** Null for people of other organisations, and for those whom the caller may not read. */
export async function operatorReference(
  key: Readonly<Record<string, string>>,
  context: Context,
): Promise<Operator | null> {
  return operatorLoader(context).load(key["id"] ?? "");
}
