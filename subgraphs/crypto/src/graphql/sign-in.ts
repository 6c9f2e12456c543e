import { toUserError, UserError } from "@joinery/kit";
import { GraphQLDateTime } from "graphql-scalars";
import { Arg, Ctx, Field, InputType, Int, Mutation, ObjectType, Resolver } from "type-graphql";
import { conceal } from "../app/conceal.js";
import { findViewer } from "../app/find-viewer.js";
import { signIn, type SignedIn } from "../app/sign-in.js";
import type { Outcome } from "../domain/refusal.js";
import type { Context } from "./context.js";
import { Viewer } from "./viewer.js";

@InputType({ description: "What to sign in with." })
export class SignInInput {
  @Field(() => String, { description: "Case does not matter." })
  email!: string;

  @Field(() => String, { description: "In full: nothing is cut." })
  password!: string;

  @Field(() => String, {
    nullable: true,
    description: "Slug of the organisation; may be left out by whoever belongs to one.",
  })
  organisation!: string | null;

  @Field(() => String, {
    nullable: true,
    description:
      "Token of an earlier session on this device, ended or not. With it, guesses that others " +
      "make elsewhere do not hold back this sign-in, and `organisation` may be left out.",
  })
  formerToken!: string | null;
}

@ObjectType({ description: "A session, or why there is none." })
export class SignInPayload {
  @Field(() => String, {
    nullable: true,
    description: "Send it as `Authorization: Bearer`. Shown once. Null when refused.",
  })
  token!: string | null;

  @Field(() => GraphQLDateTime, {
    nullable: true,
    description: "When it ends unused; use moves it, to twelve hours at most. Null when refused.",
  })
  expiresAt!: Date | null;

  @Field(() => Viewer, { nullable: true, description: "Who signed in. Null when refused." })
  viewer!: Viewer | null;

  @Field(() => Int, { nullable: true, description: "Seconds to wait, with TOO_MANY_ATTEMPTS." })
  retryAfterSeconds!: number | null;

  @Field(() => [String], { description: "Slugs to choose from, with ORGANISATION_REQUIRED." })
  organisations!: string[];

  @Field(() => [UserError], {
    description: "SIGN_IN_REFUSED, TOO_MANY_ATTEMPTS, ORGANISATION_REQUIRED.",
  })
  errors!: UserError[];
}

@Resolver()
export class SignInMutation {
  @Mutation(() => SignInPayload, { description: "Opens a session. Needs no session." })
  async signIn(
    @Arg("input", () => SignInInput, { description: "Who, and the proof." }) input: SignInInput,
    @Ctx() context: Context,
  ): Promise<SignInPayload> {
    const outcome = await signIn(context.deps, context, {
      email: input.email,
      password: conceal(input.password),
      organisation: input.organisation ?? null,
      formerToken: input.formerToken ? conceal(input.formerToken) : null,
    });
    return toPayload(outcome, context);
  }
}

async function toPayload(outcome: Outcome<SignedIn>, { deps }: Context): Promise<SignInPayload> {
  const none = { token: null, expiresAt: null, viewer: null, retryAfterSeconds: null };
  if (!outcome.ok) {
    const { error } = outcome;
    const retryAfterSeconds = error.retryAfterSeconds ?? null;
    const organisations = [...(error.organisations ?? [])];
    return { ...none, retryAfterSeconds, organisations, errors: [toUserError(error)] };
  }
  const { token, expiresAt, actor } = outcome.value;
  const viewer = await findViewer(deps, actor);
  const plain = token.use((text) => text);
  return { ...none, token: plain, expiresAt, viewer, organisations: [], errors: [] };
}
