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
  "telemetry/redact.ts isCredentialName": "a pure function of the name, remembered",
  "chat/folded-name.ts foldedName": "a pure function of the name, remembered",
  "config/file/schema-walk.ts LAYERS": "a pure function of the schema, remembered with it",
  "config/file/syntax-tree.ts pairsByKey": "a pure function of the parsed file, remembered with it",
  "formats/claude/models.ts known": "a pure function of the model's name, remembered",
  "formats/inline-files.ts unread": "where letters are read to; nobody looks at what they say",
  "gateway/call/ai-record.ts known": "a pure function of a target's options, remembered with them",
  "gateway/request/body-threads.ts bodyThreads":
    "as many threads as the machine has cores to spare, however many gateways; they keep nothing of a body",
  "gateway/upstream/authorize.ts known":
    "a target's tokens, remembered with the target, which is one gateway's",
  "gateway/upstream/echoes.ts known": "a pure function of the credentials, remembered",
  "http-client/request-bytes.ts known": "a pure function of the URL, remembered",
  "http-client/request-bytes.ts shared": "where a request is written before it leaves, at once",
  "plugins/jwt/jwt-secrets.ts known": "a configuration's secrets, remembered with it",
  "plugins/key-auth/key-index.ts indexes":
    "a configuration's keys, remembered with it; what has only a `ttl` ends when so long is over since it was first read",
  "providers/fitted.ts known": "a pure function of a family's rules, remembered with them",
  "telemetry/credential-search.ts ESCAPE": "where it looks is set before each look",
  "server/open-call.ts idBytes": "random bytes that are drawn ahead: nobody's",
  "server/open-call.ts idBytesUsed": "random bytes that are drawn ahead: nobody's",
};

/** What a call gives that stands in a module: values that nobody changes. Any other factory is looked at. */
const MAKES_VALUES =
  /^(?:z\.\w+|\w*[sS]chema\.\w+|fields\.superRefine|reference|checked|define(?:Plugin|Command|Language)|kongHeaders|Object\.(?:fromEntries|keys|entries|values|freeze)|[A-Z_]+\.(?:map|flatMap|filter)|(?:Uint32)?Array\.from|Math\.\w+|Symbol|btoa|promisify|rawFormat|selfHosted|eventWriter|sseEvent)$/;
/** Collections are held by what is written to them. */
const MAKES_COLLECTIONS =
  /^new (?:Set|Map|WeakMap|WeakSet|RegExp|Date|TextEncoder|TextDecoder|Uint8Array|Error|Intl\.Segmenter)$/;

/** Names that a module declares and that can change: what is assigned, written to, or made to work. */
function changing(code: string): readonly string[] {
  const declared = code.matchAll(
    /^(?:export )?(let|var|const) (\w+|\{[^}]*\}|\[[^\]]*\])(?:: [^=]+)? = (?:await )?((?:new )?[\w.]+)?(?:<[^(;]*>)?(\()?|^(?:export )?(?:let|var) (\w+)/gm,
  );
  const names = [...declared].flatMap(([, kind, pattern = "", maker = "", call, unset]) => {
    if (unset) return [unset];
    const isMade =
      call !== undefined &&
      maker !== "" &&
      !MAKES_VALUES.test(maker) &&
      !MAKES_COLLECTIONS.test(maker);
    const isChanged = kind !== "const" || isMade || isWrittenTo(pattern, code);
    return isChanged ? [pattern.replace(/[{}\s]/g, "")] : [];
  });
  const ofClasses = [...code.matchAll(/^ +static (?!readonly)(#?\w+)(?:: [^=\n(]+)?(?: =|;)/gm)];
  return [...names, ...ofClasses.map(([, name = ""]) => name)];
}

const WRITING =
  "set|add|delete|clear|push|pop|shift|unshift|splice|fill|copy|copyWithin|write|sort|reverse|getRandomValues|setFromBase64|setFromHex";

function isWrittenTo(name: string, code: string): boolean {
  if (!/^\w+$/.test(name)) return false;
  const member = "(?:\\??\\.\\w+|\\[[^\\]]+\\])";
  const written = [
    `${name}${member}*\\??\\.(?:${WRITING})\\(`,
    `${name}${member}+ (?:[-+*|&]|\\?\\?|\\|\\|)?= `,
    `${name}${member}+(?:\\+\\+|--)`,
    `(?:\\+\\+|--)${name}\\b`,
    `(?:getRandomValues|Object\\.assign)\\(${name}\\b`,
  ];
  return new RegExp(`(?<![.\\w])(?:${written.join("|")})`).test(code);
}

describe("what a process shares is handed down", () => {
  // The simulator is no part of a gateway.
  const found = SOURCES.filter(({ path, isTest }) => !isTest && !path.startsWith("lab/")).flatMap(
    ({ path, code }) => changing(code).map((name) => `${path} ${name}`),
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
    ["export const count = connectionPool();"],
    ["const count: Health = health({ now });"],
    ["const count = new Queue<number>(3);"],
    ["const { count } = createRegistry();"],
    ["var count;"],
    ["const count = { calls: 0 };\nconst f = () => count.calls++;"],
    ["const count = { calls: 0 };\nconst f = () => ++count.calls;"],
    ["const count = { calls: new Map() };\nconst f = () => count.calls.set(1, 2);"],
    ["const count = {};\nObject.assign(count, more);"],
    ["const count = [2, 1];\nexport const f = () => count.sort();"],
    ["class A {\n  static count = 0;\n}"],
  ])("the law sees %j", (code) => {
    expect(changing(code)).toEqual(["count"]);
  });

  test.each([
    ["const NAMES: ReadonlySet<string> = new Set([1]);\nNAMES.has(a);"],
    ["function f() {\n  let count = 0;\n  count += 1;\n}"],
    ["const count = 1;\na.count.push(2);"],
    ["const count = z.object({ name: z.string() });"],
    ["class A {\n  static readonly count = 0;\n  static of(count: number) {}\n}"],
    ["const count = 1;\nfunction f(all: readonly count[] = []) {}"],
  ])("the law leaves %j alone", (code) => {
    expect(changing(code)).toEqual([]);
  });
});
