import {
  firstArgument, fromCursor, intType, PageInfo, pageSize, toPage, toUserError, UserError,
} from "@joinery/kit";
import { GraphQLDateTime } from "graphql-scalars";
import { Arg, Ctx, Field, InputType, Mutation, ObjectType, Query, Resolver } from "type-graphql";
import { conceal } from "../app/conceal.js";
import { deleteSecret, listSecrets, setSecret } from "../app/secrets.js";
import type { Context } from "./context.js";

@ObjectType({ description: "A secret that connections name. Its value is never readable here." })
export class Secret {
  @Field(() => String, { description: "Unique in the organisation." })
  name!: string;

  @Field(() => GraphQLDateTime, { description: "When it was first set." })
  createdAt!: Date;

  @Field(() => GraphQLDateTime, { description: "When it was last set." })
  updatedAt!: Date;
}

@ObjectType({ description: "A page of secrets, in order of name." })
export class SecretConnection {
  @Field(() => [Secret], { description: "The secrets of this page." })
  nodes!: Secret[];

  @Field(() => PageInfo, { description: "Whether and where it goes on." })
  pageInfo!: PageInfo;
}

@InputType({ description: "What to set." })
export class SetSecretInput {
  @Field(() => String, { description: "1 to 63 of a–z, 0–9 and -; begins with letter or digit." })
  name!: string;

  @Field(() => String, { description: "At most 65,536 bytes. Cannot be read back." })
  value!: string;
}

@ObjectType({ description: "The secret, or why it was not set." })
export class SetSecretPayload {
  @Field(() => Secret, { nullable: true, description: "Null when it was not set." })
  secret!: Secret | null;

  @Field(() => [UserError], {
    description:
      "SECRET_NAME_INVALID, SECRET_EMPTY, SECRET_TOO_LONG, SECRET_MALFORMED, SECRETS_TOO_MANY.",
  })
  errors!: UserError[];
}

@InputType({ description: "Which secret to delete." })
export class DeleteSecretInput {
  @Field(() => String, { description: "Its name." })
  name!: string;
}

@ObjectType({ description: "Whether the secret was deleted." })
export class DeleteSecretPayload {
  @Field(() => [UserError], { description: "SECRET_NOT_FOUND." })
  errors!: UserError[];
}

@Resolver()
export class SecretsQuery {
  @Query(() => SecretConnection, { description: "Names and dates of the organisation's secrets." })
  async secrets(
    @Arg("first", intType, firstArgument) first: number,
    @Arg("after", () => String, { nullable: true, description: "`endCursor` of the page before." })
    after: string | null,
    @Ctx() { deps, actor }: Context,
  ): Promise<SecretConnection> {
    const size = pageSize(first);
    const position = after ? String(fromCursor(after, 1)[0]) : null;
    const rows = await listSecrets(deps, actor, { limit: size + 1, after: position });
    return toPage(rows, size, ({ name }) => [name]);
  }
}

@Resolver()
export class SecretMutations {
  @Mutation(() => SetSecretPayload, { description: "Sets a secret, or sets it anew. Idempotent." })
  async setSecret(
    @Arg("input", () => SetSecretInput, { description: "Name and value." }) input: SetSecretInput,
    @Ctx() context: Context,
  ): Promise<SetSecretPayload> {
    const value = conceal(input.value);
    const outcome = await setSecret(context.deps, context, { name: input.name, value });
    if (outcome.ok) return { secret: outcome.value, errors: [] };
    return { secret: null, errors: [toUserError(outcome.error)] };
  }

  @Mutation(() => DeleteSecretPayload, { description: "Deletes a secret for good." })
  async deleteSecret(
    @Arg("input", () => DeleteSecretInput, { description: "Which one." }) input: DeleteSecretInput,
    @Ctx() context: Context,
  ): Promise<DeleteSecretPayload> {
    const outcome = await deleteSecret(context.deps, context, { name: input.name });
    return { errors: outcome.ok ? [] : [toUserError(outcome.error)] };
  }
}
