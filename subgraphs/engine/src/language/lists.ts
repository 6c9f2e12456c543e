import type { ASTNode } from "@marcbachmann/cel-js";
import { expectCount, expectType, invalid, type Names } from "./checks.js";
import { asList, checkedList, truth } from "./operators.js";
import type { Run, Typed } from "./scope.js";
import { any, bool, listOf, type Runtime } from "./types.js";

/** CEL's macros over lists: `roles.exists(r, r == "x")`. */
export const listFunctions: readonly string[] = ["all", "exists", "exists_one", "filter", "map"];

/** Throws ExpressionError. An absent list is an empty one. */
export function compileOverList(
  node: ASTNode,
  name: string,
  given: readonly ASTNode[],
  names: Names,
): Typed {
  expectCount(node, name, given, [3, 3], "a list, a name for its element and what is done with it");
  const [listNode, variable, bodyNode] = given as readonly [ASTNode, ASTNode, ASTNode];
  if (variable.op !== "id") throw invalid(variable, `${name} needs a name for the element`);
  const list = expectType(listNode, names.compile(listNode, names), listOf(any), `for ${name}`);
  const slot = names.locals.length;
  const local = { name: variable.args, slot, type: list.type.of ?? any };
  const inner = { ...names, locals: [...names.locals, local] };
  const body = names.compile(bodyNode, inner);
  if (name === "map") return { type: listOf(body.type), run: mapOver(list.run, slot, body.run) };
  const condition = expectType(bodyNode, body, bool, `for ${name}`).run;
  if (name === "filter") return { type: list.type, run: filterOver(list.run, slot, condition) };
  return { type: bool, run: quantify(name, list.run, slot, condition) };
}

function mapOver(list: Run, slot: number, body: Run): Run {
  return (frame) => {
    const results: Runtime[] = [];
    for (const each of asList(list(frame))) {
      frame.spend(1);
      frame.locals[slot] = each;
      const result = body(frame);
      if (result !== null) results.push(result);
    }
    return checkedList(results);
  };
}

function filterOver(list: Run, slot: number, condition: Run): Run {
  return (frame) => {
    const results: Runtime[] = [];
    for (const each of asList(list(frame))) {
      frame.spend(1);
      frame.locals[slot] = each;
      if (truth(condition(frame))) results.push(each);
    }
    return results;
  };
}

function quantify(name: string, list: Run, slot: number, condition: Run): Run {
  return (frame) => {
    const values = asList(list(frame));
    let held = 0;
    for (const each of values) {
      frame.spend(1);
      frame.locals[slot] = each;
      if (truth(condition(frame))) held += 1;
      else if (name === "all") return false;
      if (name === "exists" && held > 0) return true;
    }
    if (name === "all") return true;
    return name === "exists_one" && held === 1;
  };
}
