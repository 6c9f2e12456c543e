import { toUserError, UserError } from "@joinery/kit";
import { Arg, Ctx, Field, InputType, Int, Mutation, ObjectType, Resolver } from "type-graphql";
import { changePassword } from "../app/change-password.js";
import { conceal } from "../app/conceal.js";
import type { Context } from "./context.js";

@InputType({ description: "The old and the new." })
export class ChangePasswordInput {
  @Field(() => String, { description: "The password until now." })
  current!: string;

  @Field(() => String, { description: "15 to 1,024 characters of any kind." })
  next!: string;
}

@ObjectType({ description: "Whether the password was changed." })
export class ChangePasswordPayload {
  @Field(() => Int, { nullable: true, description: "Seconds to wait, with TOO_MANY_ATTEMPTS." })
  retryAfterSeconds!: number | null;

  @Field(() => [UserError], {
    description:
      "PASSWORD_WRONG, PASSWORD_UNCHANGED, PASSWORD_TOO_SHORT, PASSWORD_TOO_LONG, " +
      "PASSWORD_MALFORMED, PASSWORD_GUESSABLE, TOO_MANY_ATTEMPTS.",
  })
  errors!: UserError[];
}

@Resolver()
export class ChangePasswordMutation {
  @Mutation(() => ChangePasswordPayload, {
    description: "Changes one's own password here. Every other session of the person here ends.",
  })
  async changePassword(
    @Arg("input", () => ChangePasswordInput, { description: "Both passwords." })
    input: ChangePasswordInput,
    @Ctx() context: Context,
  ): Promise<ChangePasswordPayload> {
    const outcome = await changePassword(context.deps, context, {
      current: conceal(input.current),
      next: conceal(input.next),
    });
    if (outcome.ok) return { retryAfterSeconds: null, errors: [] };
    const { error } = outcome;
    return { retryAfterSeconds: error.retryAfterSeconds ?? null, errors: [toUserError(error)] };
  }
}
