import { describe, expect, test } from "bun:test";
import { type Import, importsOf, SOURCES, type Source } from "./sources.ts";

/** Who may import whom, outermost first: a room may import itself, what follows it, and the leaves. */
const CHAIN = [
  "main.ts",
  "cli",
  "app.ts",
  ["server", "admin"],
  "config",
  "plugins",
  "gateway",
  "routing",
  "providers",
  "formats",
  "framing",
  "chat",
] as const;

const LEAVES = ["telemetry", "http-client", "credentials", "stores", "vectors", "embeddings"];

/** Inside a room, outermost first: a part may import itself and what follows it, types too. */
const PARTS: Readonly<Record<string, readonly string[]>> = {
  gateway: ["proxy", "answer", "request", "upstream", "call"],
  config: [
    ...["load-config.ts", "json-schema.ts", "short", "environment", "build", "redact.ts", "file"],
    ...["config.ts", "schemas"],
  ],
};

/** What is not said by the chain. */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  "main.ts": ["version.ts", ...LEAVES, ...after("main.ts")],
  "app.ts": [...LEAVES, ...after("app.ts")],
  cli: ["version.ts", "lab", ...LEAVES, ...after("cli")],
  server: ["version.ts", ...LEAVES, ...after("server")],
  admin: ["version.ts", ...LEAVES, ...after("admin")],
  config: ["telemetry", ...after("config")],
  plugins: [...LEAVES, ...after("plugins")],
  gateway: [...LEAVES, ...after("gateway")],
  routing: after("routing"),
  providers: ["credentials", ...after("providers")],
  formats: after("formats"),
  framing: [],
  chat: [],
  telemetry: ["version.ts", "chat"],
  credentials: ["chat"],
  "http-client": ["framing"],
  stores: ["chat"],
  vectors: ["chat"],
  embeddings: ["chat"],
  lab: ["framing"],
  "version.ts": [],
};

/** Single edges that the table does not give. */
const EXCEPTIONS: readonly ((source: Source, edge: Import) => boolean)[] = [
  // A frame that cannot be read is a gateway error like any other.
  ({ path }, { to }) => room(path) === "framing" && to === "chat/error.ts",
  // The listeners serve whatever generation is in force: they know its type, never how it is built.
  ({ path }, { to, typeOnly }) =>
    ["server", "admin"].includes(room(path)) && to === "app.ts" && typeOnly,
  // Tests may ask the simulator.
  ({ isTest }, { to }) => isTest && room(to) === "lab",
];

/** What Anthropic's models ask for in any dialect: a folder of formats/ that is none, and imports none. */
const CLAUDE = "claude";

describe("imports go one way", () => {
  for (const [name, allowed] of Object.entries(ALLOWED)) {
    test(`${name} imports only ${allowed.length === 0 ? "itself" : allowed.join(", ")}`, () => {
      const wrong = edges((source, edge) => {
        const [from, to] = [room(source.path), room(edge.to)];
        if (from !== name || from === to || allowed.includes(to)) return false;
        return !EXCEPTIONS.some((isException) => isException(source, edge));
      });
      expect(wrong).toEqual([]);
    });
  }

  test("every folder of src/ has its place in the table", () => {
    const rooms = new Set(SOURCES.map(({ path }) => room(path)));
    expect([...rooms].filter((one) => !Object.hasOwn(ALLOWED, one))).toEqual([]);
  });
});

describe("inside a room, imports go one way", () => {
  for (const [name, parts] of Object.entries(PARTS)) {
    const inside = SOURCES.filter(({ path, isTest }) => !isTest && room(path) === name);

    test(`every part of ${name}/ has its place`, () => {
      const known = inside.map(({ path }) => folder(path, name) ?? path.slice(name.length + 1));
      expect(known.filter((part) => !parts.includes(part))).toEqual([]);
    });

    test(`a part of ${name}/ imports none before it`, () => {
      const place = (path: string) =>
        parts.indexOf(folder(path, name) ?? path.slice(name.length + 1));
      const wrong = edges(({ path, isTest }, { to }) => {
        if (isTest || room(path) !== name || room(to) !== name) return false;
        return place(to) < place(path);
      });
      expect(wrong).toEqual([]);
    });
  }
});

describe("siblings do not know each other", () => {
  for (const [shelf, registry] of [
    ["formats", "formats/registry.ts"],
    ["plugins", "plugins/registry.ts"],
  ] as const) {
    test(`a folder of ${shelf}/ imports no other, nor the list of them`, () => {
      const wrong = edges(({ path, isTest }, { to }) => {
        const own = folder(path, shelf);
        if (isTest || own === undefined) return false;
        const other = folder(to, shelf);
        return to === registry || (other !== undefined && other !== own && other !== CLAUDE);
      });
      expect(wrong).toEqual([]);
    });

    test(`what ${shelf}/ share imports none of the folders`, () => {
      const wrong = edges(({ path, isTest }, { to }) => {
        const isShared = room(path) === shelf && folder(path, shelf) === undefined;
        return isShared && !isTest && path !== registry && folder(to, shelf) !== undefined;
      });
      expect(wrong).toEqual([]);
    });
  }

  test("a provider imports no other, and only the registry imports providers", () => {
    const registry = SOURCES.find(({ path }) => path === "providers/registry.ts");
    const listed = registry ? importsOf(registry).filter(({ typeOnly }) => !typeOnly) : [];
    const providers = listed.map(({ to }) => to);
    expect(providers.length).toBeGreaterThan(0);
    const wrong = edges(
      ({ path, isTest }, { to }) =>
        !isTest && path !== "providers/registry.ts" && providers.includes(to),
    );
    expect(wrong).toEqual([]);
  });
});

test("no imports go in a circle", () => {
  const graph = new Map(
    SOURCES.filter(({ isTest }) => !isTest).map((source) => [source.path, runtimeImports(source)]),
  );
  const done = new Set<string>();
  const circles: string[] = [];
  const visit = (path: string, trail: readonly string[]) => {
    const from = trail.indexOf(path);
    if (from >= 0) circles.push([...trail.slice(from), path].join(" → "));
    if (from >= 0 || done.has(path)) return;
    for (const to of graph.get(path) ?? []) visit(to, [...trail, path]);
    done.add(path);
  };
  for (const path of graph.keys()) visit(path, []);
  expect(circles).toEqual([]);
});

test("no file only passes on what others export", () => {
  const barrels = SOURCES.filter(({ path, code }) => {
    const rest = code.replace(/^export\s[^;]*?\sfrom\s+"[^"]*";?/gm, "").trim();
    return /(?:^|\/)index\.ts$/.test(path) || rest === "";
  });
  expect(barrels.map(({ path }) => path)).toEqual([]);
});

test("no folder or file is called utils, helpers, common or types", () => {
  const vague = /(?:^|\/)(?:utils?|helpers?|common|types?|misc|shared)(?:\.ts|\/)/;
  expect(SOURCES.map(({ path }) => path).filter((path) => vague.test(path))).toEqual([]);
});

test("the reader of imports sees them all", () => {
  const written = SOURCES.map(({ code }) => code.match(/ from "/g)?.length ?? 0);
  const seen = SOURCES.map((source) => importsOf(source).length);
  const [total, found] = [written, seen].map((counts) => counts.reduce((sum, one) => sum + one, 0));
  expect(found).toBeGreaterThanOrEqual(total ?? Number.NaN);
});

/** The rooms behind a room in the chain. */
function after(name: string): readonly string[] {
  const place = CHAIN.findIndex(
    (one) => one === name || (Array.isArray(one) && one.includes(name)),
  );
  return CHAIN.slice(place + 1).flat();
}

function runtimeImports(source: Source): readonly string[] {
  return importsOf(source)
    .filter(({ isOurs, typeOnly }) => isOurs && !typeOnly)
    .map(({ to }) => to);
}

/** The part of `src/` that a path lies in. */
function room(path: string): string {
  return path.split("/")[0] ?? "";
}

function folder(path: string, shelf: string): string | undefined {
  const [first, second, ...rest] = path.split("/");
  return first === shelf && rest.length > 0 ? second : undefined;
}

function edges(isWrong: (source: Source, edge: Import) => boolean): string[] {
  return SOURCES.flatMap((source) =>
    importsOf(source)
      .filter(({ isOurs, to }) => isOurs && to !== "../package.json")
      .filter((edge) => isWrong(source, edge))
      .map(({ to }) => `${source.path} imports ${to}`),
  );
}
