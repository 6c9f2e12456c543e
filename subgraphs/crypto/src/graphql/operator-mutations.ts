import { toUserError, UserError, type Role } from "@joinery/kit";
import { Arg, Ctx, Field, ID, InputType, Mutation, ObjectType, Resolver } from "type-graphql";
import { addOperator } from "../app/add-operator.js";
import { conceal } from "../app/conceal.js";
import { disableOperator, setOperatorRole } from "../app/change-operator.js";
import type { Operator as DomainOperator } from "../domain/operator.js";
import type { Outcome } from "../domain/refusal.js";
import type { Context } from "./context.js";
import { Operator } from "./operator.js";
import { roleEnum } from "./role-enum.js";

@InputType({ description: "A person to add." })
export class AddOperatorInput {
  @Field(() => String, { description: "Where mail goes; unique whatever the case." })
  email!: string;

  @Field(() => String, { description: "As people call them." })
  name!: string;

  @Field(() => roleEnum, { description: "What they may do." })
  role!: Role;

  @Field(() => String, { description: "15 to 1,024 characters; they should change it." })
  password!: string;
}

@InputType({ description: "A new role." })
export class SetOperatorRoleInput {
  @Field(() => ID, { description: "Whose." })
  operatorId!: string;

  @Field(() => roleEnum, { description: "What they may do from now on." })
  role!: Role;
}

@InputType({ description: "Whom to disable." })
export class DisableOperatorInput {
  @Field(() => ID, { description: "The operator." })
  operatorId!: string;
}

@ObjectType({ description: "The operator as they are now, or why nothing was changed." })
export class OperatorPayload {
  @Field(() => Operator, { nullable: true, description: "Null when nothing was changed." })
  operator!: Operator | null;

  @Field(() => [UserError], {
    description:
      "EMAIL_INVALID, NAME_INVALID, OPERATOR_EXISTS and PASSWORD_… when adding; " +
      "OPERATOR_NOT_FOUND and LAST_OWNER when changing.",
  })
  errors!: UserError[];
}

@Resolver()
export class OperatorMutations {
  @Mutation(() => OperatorPayload, { description: "Adds a person, or brings a disabled one back." })
  async addOperator(
    @Arg("input", () => AddOperatorInput, { description: "Who." }) input: AddOperatorInput,
    @Ctx() context: Context,
  ): Promise<OperatorPayload> {
    const { email, name, role } = input;
    const password = conceal(input.password);
    return toPayload(await addOperator(context.deps, context, { email, name, role, password }));
  }

  @Mutation(() => OperatorPayload, { description: "Changes what an operator may do, at once." })
  async setOperatorRole(
    @Arg("input", () => SetOperatorRoleInput, { description: "Who and what." })
    { operatorId, role }: SetOperatorRoleInput,
    @Ctx() context: Context,
  ): Promise<OperatorPayload> {
    return toPayload(await setOperatorRole(context.deps, context, { operatorId, role }));
  }

  @Mutation(() => OperatorPayload, { description: "Takes sign-in away; every session here ends." })
  async disableOperator(
    @Arg("input", () => DisableOperatorInput, { description: "Whom." })
    { operatorId }: DisableOperatorInput,
    @Ctx() context: Context,
  ): Promise<OperatorPayload> {
    return toPayload(await disableOperator(context.deps, context, { operatorId }));
  }
}

function toPayload(outcome: Outcome<DomainOperator>): OperatorPayload {
  if (outcome.ok) return { operator: outcome.value, errors: [] };
  return { operator: null, errors: [toUserError(outcome.error)] };
}
