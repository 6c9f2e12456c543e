import "reflect-metadata";
import { randomUUID } from "node:crypto";
import {
  JoineryError,
  permit,
  type Actor,
  type GraphContext,
  type SchemaSource,
} from "@joinery/kit";
import {
  Arg,
  Ctx,
  Directive,
  Field,
  ID,
  InputType,
  Int,
  Mutation,
  ObjectType,
  Query,
  Resolver,
} from "type-graphql";

/*
 * Two small subgraphs that share an entity, for tests of the edge: `books` lists books that name
 * their authors; `authors` owns the authors, signs in, and fails in every way that matters.
 */

/** What the subgraphs saw, for tests that look behind the gateway. */
export interface Seen {
  readonly representations: string[][];
  readonly actors: Actor[];
  readonly requestIds: string[];
  readonly addresses: (string | undefined)[];
  changes: number;
}

export function newSeen(): Seen {
  return { representations: [], actors: [], requestIds: [], addresses: [], changes: 0 };
}

type SmallContext = GraphContext<Seen>;

@ObjectType({ description: "Who wrote a book." })
@Directive('@key(fields: "id")')
class Author {
  @Field(() => ID)
  id!: string;

  @Field(() => String)
  name!: string;
}

@ObjectType("Author")
@Directive('@key(fields: "id")')
class AuthorStub {
  @Field(() => ID)
  id!: string;
}

@ObjectType({ description: "A book." })
class Book {
  @Field(() => ID)
  id!: string;

  @Field(() => AuthorStub)
  author!: AuthorStub;

  @Field(() => Book, { description: "The next one, for ever." })
  next!: Book;
}

@InputType()
class Credentials {
  @Field(() => String)
  name!: string;

  @Field(() => String)
  password!: string;

  @Field(() => Int, { nullable: true })
  hours?: number;
}

@Resolver(() => Book)
class BookQueries {
  @Query(() => [Book])
  books(@Arg("count", () => Int) count: number, @Ctx() context: SmallContext): Book[] {
    context.deps.requestIds.push(context.requestId);
    context.deps.addresses.push(context.address);
    return Array.from({ length: count }, (_, index) => book(index));
  }

  @Query(() => String, { nullable: true })
  who(@Ctx() context: SmallContext): string {
    context.deps.actors.push(context.actor);
    return context.actor.id;
  }

  @Query(() => String)
  guarded(@Ctx() context: SmallContext): string {
    return permit(context.actor, "identity:read").id;
  }
}

function book(index: number): Book {
  const made: Book = { id: `b${index}`, author: { id: `a${index % 3}` }, next: null as never };
  Object.defineProperty(made, "next", { get: () => book(index + 1) });
  return made;
}

@Resolver()
class AuthorQueries {
  @Query(() => String, { nullable: true })
  fails(@Arg("how", () => String) how: string): string {
    if (how === "expected") {
      throw new JoineryError("AUTHOR_ON_LEAVE", "the author is on leave", { until: 2027 });
    }
    if (how === "database") {
      const values = 'Key (email)=(planted@example.test) already exists, insert into "t_secret"';
      throw Object.assign(new Error(values), { code: "23505", detail: values });
    }
    throw new TypeError("planted-internal-detail is not a function");
  }

  @Mutation(() => String)
  signIn(@Arg("input", () => Credentials) input: Credentials): string {
    return `signed in ${input.name}`;
  }

  /** One of the two that a client may ask for. */
  @Mutation(() => String)
  pushAccounts(@Ctx() context: SmallContext): string {
    context.deps.actors.push(context.actor);
    return permit(context.actor, "account:push").id;
  }

  @Mutation(() => Int)
  change(@Ctx() context: SmallContext): number {
    context.deps.changes += 1;
    return context.deps.changes;
  }
}

const books: SchemaSource = {
  resolvers: [BookQueries],
  references: { Author: async (key) => ({ id: key["id"] }) },
};

const authors: SchemaSource = {
  resolvers: [AuthorQueries],
  orphanedTypes: [Author],
  references: {
    Author: async (key, context) => {
      const { deps } = context as unknown as SmallContext;
      (deps.representations.at(-1) ?? []).push(String(key["id"]));
      return { id: key["id"], name: `author ${key["id"]}` };
    },
  },
};

export const smallSources: Readonly<Record<"books" | "authors", SchemaSource>> = { books, authors };

export function person(tenant: string): Actor {
  const permissions = ["identity:read"] as const;
  return { kind: "person", id: randomUUID(), name: "Ada", tenant, permissions };
}

