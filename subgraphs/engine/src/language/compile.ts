import type { ASTNode, ASTOperator } from "@marcbachmann/cel-js";
import { suggestion } from "../names.js";
import { compileCall } from "./calls.js";
import { compileBinary, isBinaryOperator } from "./binary.js";
import { asList, negate, toInt, truth } from "./operators.js";
import { constant, expectType, invalid, mismatch, type Names } from "./checks.js";
import { ExpressionError, type Typed } from "./scope.js";
import { absent, any, bool, describe, double, int, listOf, text } from "./types.js";
import { unify, type Runtime, type Type } from "./types.js";

type Node<K extends ASTOperator> = Extract<ASTNode, { readonly op: K }>;

/** Compiles one node and what is below it. Throws ExpressionError. */
export function compileNode(node: ASTNode, names: Names): Typed {
  switch (node.op) {
    case "value":
      return compileLiteral(node);
    case "id":
      return compileVariable(node, names);
    case ".":
      return compileAttribute(node, node.args[0], node.args[1], names);
    case "[]":
      return compileIndex(node, names);
    case "call":
      return compileCall(node, node.args[0], node.args[1], names);
    case "rcall":
      return compileCall(node, node.args[0], [node.args[1], ...node.args[2]], names);
    case "list":
      return compileList(node.args, names);
    case "?:":
      return compileChoice(node, names);
    case "&&":
    case "||":
      return compileLogic(node, names);
    case "!_": {
      const operand = expectType(node.args, names.compile(node.args, names), bool);
      return { type: bool, run: (frame) => !truth(operand.run(frame)) };
    }
    case "-_": {
      const operand = expectType(node.args, names.compile(node.args, names), double);
      return foldConstant(
        { type: operand.type, run: (frame) => negate(operand.run(frame)) },
        operand,
      );
    }
    default:
      if (isBinaryOperator(node)) return compileBinary(node, names);
      throw invalid(node, "maps and optional access are not part of the rule language");
  }
}

/** A negated literal is a literal too. */
function foldConstant(result: Typed, operand: Typed): Typed {
  if (operand.constant === undefined) return result;
  const constant = negate(operand.constant);
  return { type: result.type, run: () => constant, constant };
}

function compileLiteral(node: Node<"value">): Typed {
  const value = node.args;
  if (value === null) return constant(absent, null);
  switch (typeof value) {
    case "string":
      return constant(text, value);
    case "boolean":
      return constant(bool, value);
    case "number":
      return constant(double, value);
    case "bigint":
      return constant(int, toIntLiteral(node, value));
    default:
      throw invalid(node, "bytes and unsigned integers are not part of the rule language");
  }
}

function toIntLiteral(node: ASTNode, value: bigint): Runtime {
  if (value >= -(2n ** 63n) && value < 2n ** 63n) return toInt(value);
  throw invalid(node, "an integer has at most 64 bits");
}

function compileVariable(node: Node<"id">, names: Names): Typed {
  const local = names.locals.findLast((each) => each.name === node.args);
  if (local !== undefined) {
    const { slot, type } = local;
    return { type, run: (frame) => frame.locals[slot] as Runtime };
  }
  const root = names.scope.roots.get(node.args);
  if (root?.kind === "value") return root.value;
  if (root !== undefined) {
    throw invalid(node, `"${node.args}" is the whole object; name an attribute, ${node.args}.…`);
  }
  const known = [...names.scope.roots.keys(), ...names.locals.map((each) => each.name)];
  const offer = suggestion(node.args, known) || `; there is ${known.join(", ")}`;
  throw new ExpressionError(
    "RULE_UNKNOWN_VARIABLE",
    node.start,
    `there is no variable "${node.args}" here${offer}`,
  );
}

function compileAttribute(node: ASTNode, owner: ASTNode, name: string, names: Names): Typed {
  const shadowed = owner.op === "id" && names.locals.some((each) => each.name === owner.args);
  const root = owner.op === "id" && !shadowed ? names.scope.roots.get(owner.args) : undefined;
  if (root?.kind !== "object") {
    const given = names.compile(owner, names);
    throw mismatch(node, `${describe(given.type)} has no attribute "${name}"`);
  }
  const found = root.read(name);
  if (found !== undefined) return found;
  throw new ExpressionError(
    "RULE_UNKNOWN_ATTRIBUTE",
    node.start,
    `there is no attribute "${name}"${suggestion(name, root.names())}`,
  );
}

/** `identity["odd name"]` and `parts[0]`; what lies outside the list is absent. */
function compileIndex(node: Node<"[]">, names: Names): Typed {
  const [owner, index] = node.args;
  if (index.op === "value" && typeof index.args === "string") {
    return compileAttribute(node, owner, index.args, names);
  }
  const list = expectType(owner, names.compile(owner, names), listOf(any), "before [ ]");
  const at = expectType(index, names.compile(index, names), int, "between [ ]");
  return {
    type: list.type.of ?? any,
    run: (frame) => asList(list.run(frame))[Number(at.run(frame) ?? -1)] ?? null,
  };
}

/** Absent elements are left out. */
function compileList(nodes: readonly ASTNode[], names: Names): Typed {
  const items = nodes.map((each) => names.compile(each, names));
  const runs = items.map((each) => each.run);
  let of: Type = items.length === 0 ? any : absent;
  for (const [at, each] of items.entries()) {
    const both = unify(of, each.type);
    if (both === undefined) {
      const node = nodes[at] as ASTNode;
      throw mismatch(node, `a list holds one type, not ${describe(of)} and ${describe(each.type)}`);
    }
    of = both;
  }
  const type = listOf(of.name === "absent" ? any : of);
  if (items.length > 0 && items.every((each) => each.constant !== undefined)) {
    return constant(
      type,
      items.map((each) => each.constant as Runtime).filter((v) => v !== null),
    );
  }
  return {
    type,
    run: (frame) => {
      frame.spend(runs.length);
      const values: Runtime[] = [];
      for (const run of runs) {
        const value = run(frame);
        if (value !== null) values.push(value);
      }
      return values;
    },
  };
}

function compileChoice(node: Node<"?:">, names: Names): Typed {
  const [conditionNode, thenNode, elseNode] = node.args;
  const condition = expectType(
    conditionNode,
    names.compile(conditionNode, names),
    bool,
    "before ?",
  );
  const yes = names.compile(thenNode, names);
  const no = names.compile(elseNode, names);
  const type = unify(yes.type, no.type);
  if (type === undefined) {
    const both = `${describe(yes.type)} and ${describe(no.type)}`;
    throw mismatch(elseNode, `both sides of : must be of one type, not ${both}`);
  }
  const [test, one, other] = [condition.run, yes.run, no.run];
  return { type, run: (frame) => (truth(test(frame)) ? one(frame) : other(frame)) };
}

function compileLogic(node: Node<"&&"> | Node<"||">, names: Names): Typed {
  const [leftNode, rightNode] = node.args;
  const left = expectType(leftNode, names.compile(leftNode, names), bool, `before ${node.op}`).run;
  const right = expectType(
    rightNode,
    names.compile(rightNode, names),
    bool,
    `after ${node.op}`,
  ).run;
  if (node.op === "&&") {
    return { type: bool, run: (frame) => truth(left(frame)) && truth(right(frame)) };
  }
  return { type: bool, run: (frame) => truth(left(frame)) || truth(right(frame)) };
}
