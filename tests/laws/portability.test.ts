import { expect, test } from "bun:test";
import { importsOf, SOURCES } from "./sources.ts";

/** Rooms that only compute: they run in any JavaScript, a browser's or a worker's too. */
const PURE = ["chat", "framing", "formats", "routing"];

const PLATFORM =
  /(?<![.\w"'-])(?:Bun|Buffer|process|globalThis)\s*[.[(]|\b(?:require|setImmediate)\(|__dirname|__filename|import\.meta/;

const sources = SOURCES.filter(
  ({ path, isTest }) => !isTest && PURE.includes(path.split("/")[0] ?? ""),
);

for (const room of PURE) {
  test(`${room} uses nothing of Bun or Node, and no package but for descriptions of a wire`, () => {
    const inRoom = sources.filter(({ path }) => path.startsWith(`${room}/`));
    expect(inRoom.length).toBeGreaterThan(0);
    const packages = inRoom.flatMap((source) =>
      importsOf(source)
        .filter(({ isOurs, to }) => !isOurs && !(to === "zod" && isDescription(source.path)))
        .map(({ to }) => `${source.path} imports ${to}`),
    );
    const globals = inRoom.flatMap(({ path, code }) => {
      const [found] = PLATFORM.exec(code) ?? [];
      return found === undefined ? [] : [`${path} uses ${found}`];
    });
    expect([...packages, ...globals]).toEqual([]);
  });
}

/** Schemas for documents and tests. zod runs anywhere too, but no call waits for it. */
function isDescription(path: string): boolean {
  return path.endsWith("wire-schema.ts");
}

test("what reads and writes wires does so without their descriptions", () => {
  const readers = SOURCES.filter(({ path, isTest }) => !isTest && !isDescription(path));
  const found = readers.flatMap((source) =>
    importsOf(source)
      .filter(({ to }) => isDescription(to))
      .map(() => source.path),
  );
  expect([...new Set(found)]).toEqual(["admin/openapi-operations.ts"]);
});

test("what only computes reads no clock and rolls no dice", () => {
  const impure =
    /\b(?:Date\.now|new Date\(\)|performance\.now|Math\.random|randomUUID|setTimeout)\b/;
  const found = sources.flatMap(({ path, code }) => {
    const [what] = impure.exec(code) ?? [];
    return what === undefined ? [] : [`${path} uses ${what}`];
  });
  expect(found).toEqual([]);
});

test("AWS's library is loaded by the first credential that needs it, and not with the gateway", () => {
  const eager = SOURCES.filter(
    ({ code, isTest }) => !isTest && /\bfrom "@(?:aws-sdk|smithy)\//.test(code),
  );
  expect(eager.map(({ path }) => path)).toEqual([]);
});
