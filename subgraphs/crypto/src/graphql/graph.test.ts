import {
  anonymous, buildServiceSchema, permissionsOf, serviceActor, type Actor, type SubgraphAnswer,
} from "@joinery/kit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { platform, startCrypto, type TestCrypto } from "../testing/crypto-service.js";
import {
  addOrganisation, alive, callerOf, goodPassword, otherPassword, signedIn,
  type TestOrganisation,
} from "../testing/world.js";
import { graph } from "./graph.js";

let crypto: TestCrypto;
let acme: TestOrganisation;
let rival: TestOrganisation;
beforeAll(async () => {
  crypto = await startCrypto();
  acme = await addOrganisation(crypto, "acme");
  rival = await addOrganisation(crypto, "rival");
});
afterAll(() => crypto.close());

const planted = "planted-1f2e3d4c";

const documents = {
  signIn: `mutation ($input: SignInInput!) { signIn(input: $input) {
    token expiresAt retryAfterSeconds organisations errors { code message }
    viewer { role permissions operator { id email } organisation { slug } } } }`,
  signOut: "mutation ($everywhere: Boolean) { signOut(everywhere: $everywhere) { ended } }",
  changePassword: `mutation ($input: ChangePasswordInput!) {
    changePassword(input: $input) { retryAfterSeconds errors { code message } } }`,
  addOperator: `mutation ($input: AddOperatorInput!) { addOperator(input: $input) {
    operator { id name email role state } errors { code message } } }`,
  setOperatorRole: `mutation ($input: SetOperatorRoleInput!) { setOperatorRole(input: $input) {
    operator { id role } errors { code message } } }`,
  disableOperator: `mutation ($input: DisableOperatorInput!) { disableOperator(input: $input) {
    operator { id state } errors { code message } } }`,
  setSecret: `mutation ($input: SetSecretInput!) { setSecret(input: $input) {
    secret { name createdAt updatedAt } errors { code message } } }`,
  deleteSecret: `mutation ($input: DeleteSecretInput!) { deleteSecret(input: $input) {
    errors { code message } } }`,
  viewer: "{ viewer { role operator { name } organisation { id name slug createdAt } } }",
  organisation: "{ organisation { id slug } }",
  operators: `query ($first: Int, $after: String) { operators(first: $first, after: $after) {
    nodes { id name email role state createdAt } pageInfo { hasNextPage endCursor } } }`,
  secrets: `query ($first: Int, $after: String) { secrets(first: $first, after: $after) {
    nodes { name } pageInfo { hasNextPage endCursor } } }`,
  entities: `query ($of: [_Any!]!) { _entities(representations: $of) {
    __typename ... on Operator { id email name } ... on Organisation { id name } } }`,
} as const;

/** As it arrives: dates are text. */
async function ask(
  actor: Actor,
  document: keyof typeof documents,
  variables: Record<string, unknown> = {},
): Promise<SubgraphAnswer> {
  const answer = await crypto.graph(actor, documents[document], variables);
  return JSON.parse(JSON.stringify(answer)) as SubgraphAnswer;
}

function refused(code: string) {
  return { errors: [{ extensions: { code } }] };
}

describe("sign-in through the graph", () => {
  it("gives a token, its end and the viewer; signing out ends it", async () => {
    const input = { email: "OWNER@acme.example", password: goodPassword };
    const answer = await ask(anonymous, "signIn", { input });
    expect(answer).toMatchObject({
      data: {
        signIn: {
          errors: [], organisations: [], retryAfterSeconds: null,
          expiresAt: new Date(crypto.clock.read().getTime() + 3_600_000).toISOString(),
          viewer: {
            role: "OWNER", permissions: permissionsOf.owner, operator: { id: acme.ownerId },
            organisation: { slug: "acme" },
          },
        },
      },
    });
    const { token } = (answer.data as { signIn: { token: string } }).signIn;
    const session = await crypto.methods.resolveSession({ token }, platform);
    const actor = session?.actor ?? anonymous;
    expect(await ask(actor, "viewer")).toMatchObject({
      data: { viewer: { role: "OWNER", organisation: { slug: "acme" } } },
    });
    expect(await ask(actor, "signOut")).toEqual({ data: { signOut: { ended: 1 } } });
    expect(await alive(crypto, token)).toBe(false);
  });

  it("answers a refusal as a typed error, without saying why or what was sent", async () => {
    const input = { email: "owner@acme.example", password: planted };
    const answer = await ask(anonymous, "signIn", { input });
    expect(answer).toMatchObject({
      data: { signIn: { token: null, viewer: null, errors: [{ code: "SIGN_IN_REFUSED" }] } },
    });
    expect(JSON.stringify(answer)).not.toContain(planted);
    for (let i = 0; i < 4; i += 1) await ask(anonymous, "signIn", { input });
    expect(await ask(anonymous, "signIn", { input })).toMatchObject({
      data: { signIn: { retryAfterSeconds: 1, errors: [{ code: "TOO_MANY_ATTEMPTS" }] } },
    });
  });

  it("counts a hundred guesses in one operation as a hundred", async () => {
    const fields = Array.from(
      { length: 100 },
      (_, i) => `a${i}: signIn(input: {
        email: "owner@rival.example", password: "guess number ${i} of many"
      }) { errors { code } }`,
    );
    const answer = await crypto.graph(anonymous, `mutation { ${fields.join("\n")} }`);
    const codes = Object.values(answer.data as Record<string, { errors: { code: string }[] }>).map(
      ({ errors }) => errors[0]?.code,
    );
    expect(codes.filter((code) => code === "SIGN_IN_REFUSED").length).toBeLessThanOrEqual(5);
    expect(codes).toHaveLength(100);
  });

  it("changes a password for the session that asks", async () => {
    await addOrganisation(crypto, "changer");
    const { by, token } = await signedIn(crypto, "owner@changer.example", goodPassword);
    const change = (current: string, next: string) =>
      ask(by.actor, "changePassword", { input: { current, next } });
    expect(await change(otherPassword, "eleven green tractors")).toMatchObject({
      data: { changePassword: { errors: [{ code: "PASSWORD_WRONG" }] } },
    });
    expect(await change(goodPassword, otherPassword)).toMatchObject({
      data: { changePassword: { errors: [] } },
    });
    expect(await alive(crypto, token)).toBe(true);
  });
});

describe("who may ask what", () => {
  const variables: Readonly<Record<string, Record<string, unknown>>> = {
    addOperator: {
      input: { email: "x@x.example", name: "X", role: "OWNER", password: goodPassword },
    },
    setOperatorRole: { input: { operatorId: "x", role: "OWNER" } },
    disableOperator: { input: { operatorId: "x" } },
    setSecret: { input: { name: "x", value: planted } },
    deleteSecret: { input: { name: "x" } },
    changePassword: { input: { current: goodPassword, next: otherPassword } },
  };
  const needsSignIn = [
    "organisation", "operators", "secrets", "addOperator", "setOperatorRole", "disableOperator",
    "setSecret", "deleteSecret", "changePassword", "signOut",
  ] as const;

  it.each(needsSignIn)("%s is refused without a sign-in", async (document) => {
    const answer = await ask(anonymous, document, variables[document]);
    expect(answer).toMatchObject(refused("UNAUTHENTICATED"));
    expect(JSON.stringify(answer)).not.toContain(planted);
  });

  it.each(needsSignIn)("%s is refused to a service without rights of its own", async (document) => {
    const answer = await ask(serviceActor("vault", acme.id), document, variables[document]);
    const code = ["changePassword", "signOut"].includes(document) ? "UNAUTHENTICATED" : "FORBIDDEN";
    expect(answer).toMatchObject(refused(code));
  });

  it.each([
    [
      "auditor",
      [
        "addOperator", "setOperatorRole", "disableOperator", "setSecret", "deleteSecret", "secrets",
      ],
    ],
    ["operator", ["addOperator", "setOperatorRole", "disableOperator"]],
  ] as const)("an %s is refused what changes others", async (role, refusedOnes) => {
    const { actor } = callerOf(acme.id, acme.ownerId, role);
    for (const document of refusedOnes) {
      expect(await ask(actor, document, variables[document])).toMatchObject(refused("FORBIDDEN"));
    }
    expect(await ask(actor, "operators")).toMatchObject({ data: { operators: {} } });
  });

  it("has no viewer before sign-in and for services", async () => {
    for (const actor of [anonymous, serviceActor("vault"), serviceActor("vault", acme.id)]) {
      expect(await ask(actor, "viewer")).toEqual({ data: { viewer: null } });
    }
  });
});

describe("entities", () => {
  const of = () => [
    { __typename: "Operator", id: acme.ownerId },
    { __typename: "Operator", id: rival.ownerId },
    { __typename: "Operator", id: "no-such-id" },
    { __typename: "Organisation", id: acme.id },
    { __typename: "Organisation", id: rival.id },
  ];

  it("are found in the actor's own organisation alone", async () => {
    for (const role of ["owner", "operator", "auditor"] as const) {
      const { actor } = callerOf(acme.id, acme.ownerId, role);
      const answer = await ask(actor, "entities", { of: of() });
      expect(answer).toMatchObject({
        data: { _entities: [{ id: acme.ownerId }, null, null, { id: acme.id }, null] },
      });
      expect(JSON.stringify(answer)).not.toContain("rival");
    }
  });

  it("are not found without a sign-in or by a service without rights", async () => {
    for (const actor of [anonymous, serviceActor("vault", acme.id)]) {
      expect(await ask(actor, "entities", { of: of() })).toEqual({
        data: { _entities: [null, null, null, null, null] },
      });
    }
  });
});

describe("operators and secrets through the graph", () => {
  it("adds, changes, disables and pages operators", async () => {
    const { owner } = await addOrganisation(crypto, "people");
    const person = { email: "b@people.example", name: "Bea", role: "OPERATOR" };
    const input = { ...person, password: goodPassword };
    const added = await ask(owner.actor, "addOperator", { input });
    const operator = { name: "Bea", role: "OPERATOR", state: "ACTIVE" };
    expect(added).toMatchObject({ data: { addOperator: { operator, errors: [] } } });
    const data = added.data as { addOperator: { operator: { id: string } } };
    const { id } = data.addOperator.operator;
    expect(await ask(owner.actor, "addOperator", { input })).toMatchObject({
      data: { addOperator: { operator: null, errors: [{ code: "OPERATOR_EXISTS" }] } },
    });
    expect(
      await ask(owner.actor, "setOperatorRole", { input: { operatorId: id, role: "AUDITOR" } }),
    ).toMatchObject({ data: { setOperatorRole: { operator: { role: "AUDITOR" } } } });
    expect(await ask(owner.actor, "disableOperator", { input: { operatorId: id } })).toMatchObject({
      data: { disableOperator: { operator: { state: "DISABLED" } } },
    });
    const first = await ask(owner.actor, "operators", { first: 1 });
    expect(first).toMatchObject({
      data: { operators: { nodes: [{ name: "Bea" }], pageInfo: { hasNextPage: true } } },
    });
    const { endCursor: after } = (first.data as { operators: { pageInfo: { endCursor: string } } })
      .operators.pageInfo;
    const nodes = [{ name: "Owner of people" }];
    expect(await ask(owner.actor, "operators", { first: 1, after })).toMatchObject({
      data: { operators: { nodes, pageInfo: { hasNextPage: false } } },
    });
  });

  it("sets secrets that no field gives back, and lists their names", async () => {
    const { owner, id } = await addOrganisation(crypto, "secretive");
    for (const name of ["a", "b"]) {
      const answer = await ask(owner.actor, "setSecret", { input: { name, value: planted } });
      expect(answer).toMatchObject({ data: { setSecret: { secret: { name }, errors: [] } } });
      expect(JSON.stringify(answer)).not.toContain(planted);
    }
    const page = await ask(owner.actor, "secrets", { first: 1 });
    expect(page).toMatchObject({
      data: { secrets: { nodes: [{ name: "a" }], pageInfo: { hasNextPage: true } } },
    });
    expect(await crypto.methods.openSecret({ tenant: id, name: "a" }, platform)).toEqual({
      plain: planted,
    });
    expect(await ask(owner.actor, "deleteSecret", { input: { name: "a" } })).toEqual({
      data: { deleteSecret: { errors: [] } },
    });
    expect(await ask(owner.actor, "deleteSecret", { input: { name: "a\u0000" } })).toMatchObject({
      data: { deleteSecret: { errors: [{ code: "SECRET_NOT_FOUND" }] } },
    });
  });

  const lists = ["operators", "secrets"] as const;
  it.each(lists)("%s refuses sizes and cursors of no list", async (list) => {
    const { actor } = acme.owner;
    for (const first of [0, -1, 501]) {
      expect(await ask(actor, list, { first })).toMatchObject(refused("PAGE_SIZE_INVALID"));
    }
    const cursors = ["x", "W10", btoa('["a\\u0000"]'), btoa('["a","b"]'), btoa('["a\\u0000","b"]')];
    for (const after of cursors) {
      const answer = await ask(actor, list, { after });
      expect(answer, after).toMatchObject(refused("CURSOR_INVALID"));
    }
  });
});

describe("what was submitted", () => {
  it("is in no error, whatever is wrong with it, and in no log line", async () => {
    const { actor } = acme.owner;
    const operator = { email: planted, name: planted, password: planted };
    const attempts: readonly (readonly [string, Record<string, unknown>])[] = [
      [documents.setSecret, { input: { name: "x", value: planted, more: planted } }],
      [documents.setSecret, { input: { name: [planted], value: { planted } } }],
      [documents.setSecret, { input: { name: planted.repeat(9), value: planted } }],
      [documents.setSecret, { input: planted }],
      [documents.signIn, { input: { password: planted } }],
      [documents.addOperator, { input: { ...operator, role: planted } }],
      [documents.addOperator, { input: { ...operator, role: "OWNER" } }],
      [documents.changePassword, { input: { current: planted, next: planted.repeat(100) } }],
      [`mutation { setSecret(input: { name: "x", value: ${planted} }) { errors { code } } }`, {}],
      [`mutation { setSecret(input: { name: "x" value "${planted}" }) { errors { code } } }`, {}],
      [`mutation { setSecret(input: "${planted}") { errors { code } } }`, {}],
    ];
    for (const [document, variables] of attempts) {
      const answer = await crypto.graph(actor, document, variables);
      const text = JSON.stringify(answer);
      expect(text).toMatch(/"code":"[A-Z_]+"/);
      expect(text, document).not.toContain(planted);
    }
    expect(crypto.logged()).not.toContain(planted);
    expect(crypto.logged()).not.toContain(goodPassword);
  });
});

describe("the schema", () => {
  it("describes every type, field and argument of ours", () => {
    const { schema } = buildServiceSchema(graph);
    const missing: string[] = [];
    const note = (name: string, description: string | null | undefined) => {
      if (!description) missing.push(name);
    };
    const types = Object.values(schema.getTypeMap()).filter(
      ({ name }) => !/^(_|link__|federation__|String$|Boolean$|Int$|ID$)/.test(name),
    );
    for (const type of types) {
      if (type.name !== "Query" && type.name !== "Mutation") note(type.name, type.description);
      if (!("getFields" in type)) continue;
      for (const field of Object.values(type.getFields())) {
        if (field.name.startsWith("_")) continue;
        note(`${type.name}.${field.name}`, field.description);
        for (const argument of "args" in field ? field.args : []) {
          note(`${type.name}.${field.name}(${argument.name})`, argument.description);
        }
      }
    }
    expect(types.length).toBeGreaterThan(20);
    expect(missing).toEqual([]);
  });

  it("has no field that gives a password, digest or secret back, but a first one, once", () => {
    const { sdl } = buildServiceSchema(graph);
    const types = sdl.match(/^type \w+[^]*?^}/gm) ?? [];
    const output = types.filter((part) =>
      !/^type (Mutation|TakeInitialPasswordPayload)\b/.test(part)).join("\n");
    expect(output).toContain("type Secret {");
    expect(output).not.toMatch(/^\s*(password|value|sealed|hash|plain|current|next)\w*:/m);
  });
});
