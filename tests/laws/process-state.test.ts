import { describe, expect, test } from "bun:test";
import { SOURCES } from "./sources.ts";

/**
 * What stands in a module is shared by all that run in a process, gateways and tests side by side, and by nobody in
 * another thread. What calls share is handed down as `ProcessState`; what may stand in a module changes no answer.
 */
const KEPT: Readonly<Record<string, string>> = {
  "admin/admin-thread.ts asked": "the module is a thread's whole program",
  "admin/admin-thread.ts server": "the module is a thread's whole program",
  "admin/admin-thread.ts waiting": "the module is a thread's whole program",
  "cli/reload/reading-thread.ts answer": "the module is a thread's whole program",
  "chat/credential-name.ts known": "a pure function of the name, remembered",
  "chat/folded-name.ts known": "a pure function of the name, remembered",
  "config/file/schema-walk.ts LAYERS": "a pure function of the schema, remembered with it",
  "config/file/syntax-tree.ts pairsByKey": "a pure function of the parsed file, remembered with it",
  "formats/claude/models.ts known": "a pure function of the model's name, remembered",
  "gateway/call/ai-record.ts known": "a pure function of a target's options, remembered with them",
  "gateway/request/body-threads.ts bodyThreads":
    "as many threads as the machine has cores to spare, however many gateways; they keep nothing of a body",
  "gateway/upstream/authorize.ts known":
    "a target's tokens, remembered with the target, which is one gateway's",
  "gateway/upstream/echoes.ts known": "a pure function of the credentials, remembered",
  "http-client/request-bytes.ts known": "a pure function of the URL, remembered",
  "http-client/request-bytes.ts shared": "where a request is written before it leaves, at once",
  "plugins/key-auth/key-index.ts indexes":
    "a pure function of a configuration's keys, remembered with them",
  "providers/fitted.ts known": "a pure function of a family's rules, remembered with them",
  "telemetry/credential-search.ts ESCAPE": "where it looks is set before each look",
  "server/open-call.ts idBytes": "random bytes that are drawn ahead: nobody's",
  "server/open-call.ts idBytesUsed": "random bytes that are drawn ahead: nobody's",
};

/** Names that a module declares and that can change: what is assigned, written to, or made to work. */
function changing(code: string): readonly string[] {
  const declared = [...code.matchAll(/^(?:export )?(let|const) (\w+)([^;]*)/gm)];
  return declared.flatMap(([, kind, name = "", rest = ""]) => {
    const isMade =
      /^[^=]*= (?:await )?(?:(?:start|create|open|make)[A-Z]\w*|Buffer\.alloc\w*)\(/.test(rest);
    return kind === "let" || isMade || isWrittenTo(name, code) ? [name] : [];
  });
}

const WRITING =
  "set|add|delete|clear|push|pop|shift|unshift|splice|fill|copy|write|getRandomValues";

function isWrittenTo(name: string, code: string): boolean {
  return new RegExp(
    `(?<![.\\w])${name}(?:\\??\\.(?:${WRITING})\\(|(?:\\.\\w+|\\[[^\\]]+\\]) (?:[-+*|&]|\\?\\?)?= )|\\bgetRandomValues\\(${name}\\)`,
  ).test(code);
}

describe("what a process shares is handed down", () => {
  const found = SOURCES.filter(({ isTest }) => !isTest).flatMap(({ path, code }) =>
    changing(code).map((name) => `${path} ${name}`),
  );

  test("no module keeps anything that changes", () => {
    expect(found.filter((one) => !Object.hasOwn(KEPT, one))).toEqual([]);
  });

  test("every exception is still needed", () => {
    expect(Object.keys(KEPT).filter((one) => !found.includes(one))).toEqual([]);
  });

  test.each([
    ["let count = 0;"],
    ["export let count = 0;"],
    ["const count = new Map<string, number>();\nf(() => count.set(name, 1));"],
    ["const count: Known = new WeakMap();\nif (a) count.set(b, c);"],
    ["const count = [];\nexport const f = () => count.push(1);"],
    ["const count = {};\nfunction f() {\n  count[name] = 1;\n}"],
    ["const count = { calls: 0 };\nfunction f() {\n  count.calls += 1;\n}"],
    ["export const count = createRegistry();"],
  ])("the law sees %j", (code) => {
    expect(changing(code)).toEqual(["count"]);
  });

  test.each([
    ["const NAMES: ReadonlySet<string> = new Set([1]);\nNAMES.has(a);"],
    ["function f() {\n  let count = 0;\n  count += 1;\n}"],
    ["const count = 1;\na.count.push(2);"],
    ["const count = 1;\nfunction f(all: readonly count[] = []) {}"],
  ])("the law leaves %j alone", (code) => {
    expect(changing(code)).toEqual([]);
  });
});
