import { LuaError, RESERVED, type Token, tokensOf, unspoken } from "./lua-tokens.ts";

/**
 * The part of Lua (https://www.lua.org/manual/5.1/manual.html#2) that functions in configurations are
 * written in: constants, locals, `if`, `and`, `or`, `not`, comparisons, members, and a few calls of the
 * reference's plugin kit. There is no loop in it, so a function is over when it was read through once.
 */
export interface LuaFunction {
  /** What it returns. Throws `LuaError` for what Lua itself would call an error. */
  run(kit: LuaKit): LuaValue;
}

export type LuaValue = undefined | boolean | number | string | LuaTable;
export interface LuaTable {
  readonly [name: string]: unknown;
}

/** What a function may ask. */
export interface LuaKit {
  /** `kong.request.get_header` */
  header(name: string): string | undefined;
  /** `kong.log.serialize` */
  record(): LuaTable;
}

type Scope = Map<string, LuaValue>;
type Expression = (scope: Scope, kit: LuaKit) => LuaValue;
/** Something returned; undefined where the next statement follows. */
type Statement = (scope: Scope, kit: LuaKit) => { readonly value: LuaValue } | undefined;

/** Longer is no function of a configuration. */
const MAX_CHARACTERS = 10_000;
const MAX_DEPTH = 50;

/** Reads a function's body, or one that returns a function. Throws `LuaError` for what is not spoken here. */
export function readLua(source: string): LuaFunction {
  if (source.length > MAX_CHARACTERS) throw new LuaError("the function is too long");
  const tokens = tokensOf(source);
  const parser = parserOf(tokens);
  const isWrapped = tokens[0]?.text === "return" && tokens[1]?.text === "function";
  if (isWrapped) parser.skip("return", "function", "(", ")");
  const body = parser.block();
  if (isWrapped) parser.skip("end");
  parser.end();
  return { run: (kit) => body(new Map(), kit)?.value };
}

const COMPARISONS: Readonly<Record<string, (left: LuaValue, right: LuaValue) => boolean>> = {
  "==": (left, right) => left === right,
  "~=": (left, right) => left !== right,
  "<": (left, right) => ordered(left, right) < 0,
  ">": (left, right) => ordered(left, right) > 0,
  "<=": (left, right) => ordered(left, right) <= 0,
  ">=": (left, right) => ordered(left, right) >= 0,
};

function ordered(left: LuaValue, right: LuaValue): number {
  if (typeof left === "number" && typeof right === "number") return left - right;
  if (typeof left === "string" && typeof right === "string") {
    return left < right ? -1 : Number(left > right);
  }
  throw new LuaError(`attempt to compare ${typeName(left)} with ${typeName(right)}`);
}

const CONSTANTS: ReadonlyMap<string, LuaValue> = new Map<string, LuaValue>([
  ["nil", undefined],
  ["true", true],
  ["false", false],
]);

/** What can be called, with how many arguments. */
const CALLS: Readonly<
  Record<string, { arity: number; call: (args: readonly LuaValue[], kit: LuaKit) => LuaValue }>
> = {
  tonumber: { arity: 1, call: ([value]) => toNumber(value) },
  "kong.request.get_header": {
    arity: 1,
    call([name], kit) {
      if (typeof name === "string") return kit.header(name);
      throw new LuaError("header name must be a string");
    },
  },
  "kong.log.serialize": { arity: 0, call: (_, kit) => kit.record() },
};

function toNumber(value: LuaValue): number | undefined {
  if (typeof value === "number") return value;
  if (typeof value !== "string" || value.trim() === "") return undefined;
  const number = Number(value);
  return Number.isNaN(number) ? undefined : number;
}

function isTrue(value: LuaValue): boolean {
  return value !== undefined && value !== false;
}

function typeName(value: LuaValue): string {
  if (value === undefined) return "nil";
  return typeof value === "object" ? "table" : typeof value;
}

function member(value: LuaValue, name: string): LuaValue {
  if (typeof value !== "object") {
    throw new LuaError(`attempt to index a ${typeName(value)} value (field '${name}')`);
  }
  const found = Object.hasOwn(value, name) ? value[name] : undefined;
  switch (typeof found) {
    case "string":
    case "number":
    case "boolean":
      return found;
    case "object":
      return found === null ? undefined : { ...found };
    default:
      return undefined;
  }
}

function parserOf(tokens: readonly Token[]) {
  let at = 0;
  let depth = 0;
  const peek = () => tokens[at]?.text;
  const take = (text: string) => {
    if (tokens[at]?.type === "value" || peek() !== text) return false;
    at += 1;
    return true;
  };
  const skip = (...texts: readonly string[]) => {
    for (const text of texts) {
      if (!take(text)) throw new LuaError(`'${text}' expected near '${peek() ?? "<eof>"}'`);
    }
  };
  const name = (): string => {
    const token = tokens[at];
    if (token?.type !== "name" || RESERVED.has(token.text)) throw unspoken(peek() ?? "<eof>");
    at += 1;
    return token.text;
  };

  function block(): Statement {
    const statements: Statement[] = [];
    while (at < tokens.length && !["end", "else", "elseif"].includes(peek() ?? "")) {
      statements.push(statement());
      while (take(";"));
    }
    return (scope, kit) => {
      for (const one of statements) {
        const returned = one(scope, kit);
        if (returned) return returned;
      }
      return undefined;
    };
  }

  function statement(): Statement {
    if (take("local")) {
      const local = name();
      skip("=");
      const value = expression();
      return (scope, kit) => void scope.set(local, value(scope, kit));
    }
    if (take("return")) {
      const isEmpty = [undefined, "end", "else", "elseif", ";"].includes(peek());
      const value = isEmpty ? () => undefined : expression();
      return (scope, kit) => ({ value: value(scope, kit) });
    }
    if (take("if")) return conditional();
    throw unspoken(peek() ?? "<eof>");
  }

  function conditional(): Statement {
    const condition = expression();
    skip("then");
    const then = nested(block);
    let otherwise: Statement | undefined;
    // An `elseif` takes the `end` that both share.
    if (take("elseif")) otherwise = nested(conditional);
    else {
      if (take("else")) otherwise = nested(block);
      skip("end");
    }
    return (scope, kit) =>
      isTrue(condition(scope, kit)) ? then(new Map(scope), kit) : otherwise?.(new Map(scope), kit);
  }

  function nested<Part>(read: () => Part): Part {
    depth += 1;
    if (depth > MAX_DEPTH) throw new LuaError("the function is nested too deeply");
    const part = read();
    depth -= 1;
    return part;
  }

  function expression(): Expression {
    return nested(() => either("or", () => either("and", comparison)));
  }

  function either(word: "and" | "or", operand: () => Expression): Expression {
    let left = operand();
    while (take(word)) {
      const [before, after] = [left, operand()];
      left = (scope, kit) => {
        const value = before(scope, kit);
        return isTrue(value) === (word === "or") ? value : after(scope, kit);
      };
    }
    return left;
  }

  function comparison(): Expression {
    const left = unary();
    const compare = COMPARISONS[peek() ?? ""];
    if (!compare || tokens[at]?.type !== "sign") return left;
    at += 1;
    const right = unary();
    return (scope, kit) => compare(left(scope, kit), right(scope, kit));
  }

  function unary(): Expression {
    if (take("not")) {
      const value = nested(unary);
      return (scope, kit) => !isTrue(value(scope, kit));
    }
    if (take("-")) {
      const value = nested(unary);
      return (scope, kit) => {
        const number = toNumber(value(scope, kit));
        if (number === undefined)
          throw new LuaError("attempt to perform arithmetic on a nil value");
        return -number;
      };
    }
    return primary();
  }

  function primary(): Expression {
    if (take("(")) {
      const inner = expression();
      skip(")");
      return inner;
    }
    const token = tokens[at];
    if (token?.type === "value") {
      at += 1;
      return () => token.value;
    }
    if (token && CONSTANTS.has(token.text)) {
      at += 1;
      const constant = CONSTANTS.get(token.text);
      return () => constant;
    }
    return pathOrCall();
  }

  function pathOrCall(): Expression {
    const path = [name()];
    while (take(".")) path.push(name());
    if (!take("(")) {
      const [local = "", ...members] = path;
      if (local === "kong") throw unspoken(path.join("."));
      return (scope) => members.reduce(member, scope.get(local));
    }
    const called = path.join(".");
    const known = Object.hasOwn(CALLS, called) ? CALLS[called] : undefined;
    if (!known) throw unspoken(called);
    const args: Expression[] = [];
    while (!take(")")) {
      if (args.length > 0) skip(",");
      args.push(expression());
    }
    if (args.length !== known.arity) {
      throw new LuaError(`${called} takes ${known.arity} argument(s), not ${args.length}`);
    }
    return (scope, kit) =>
      known.call(
        args.map((arg) => arg(scope, kit)),
        kit,
      );
  }

  return {
    block,
    skip,
    end() {
      if (at < tokens.length) throw new LuaError(`'<eof>' expected near '${peek()}'`);
    },
  };
}
