import { Arg, Ctx, Field, Int, Mutation, ObjectType, Resolver } from "type-graphql";
import { signOut } from "../app/sign-out.js";
import type { Context } from "./context.js";

@ObjectType({ description: "What signing out did." })
export class SignOutPayload {
  @Field(() => Int, { description: "Sessions that ended; 0 when it had ended before." })
  ended!: number;
}

@Resolver()
export class SignOutMutation {
  @Mutation(() => SignOutPayload, { description: "Ends this session, or all of this person here." })
  async signOut(
    @Arg("everywhere", () => Boolean, {
      defaultValue: false,
      description: "All sessions in this organisation; devices are no longer known then.",
    })
    everywhere: boolean,
    @Ctx() context: Context,
  ): Promise<SignOutPayload> {
    return { ended: await signOut(context.deps, context, { everywhere }) };
  }
}
