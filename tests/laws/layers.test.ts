import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type Import, importsOf, SOURCES, type Source } from "./sources.ts";

/**
 * Who may import whom, outermost first: a room may import itself, what follows it, and the leaves. Here and
 * below a type counts as much as a value.
 */
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

const LEAVES = [
  "telemetry",
  "http-client",
  "credentials",
  "embeddings",
  "vectors",
  "redis",
  "limits",
];

/** Inside a room, outermost first: a part may import itself and what follows it. */
const PARTS: Readonly<Record<string, readonly string[]>> = {
  gateway: ["create-process-state.ts", "proxy", "answer", "request", "upstream", "call"],
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
  server: [...LEAVES, ...after("server")],
  admin: ["version.ts", ...LEAVES, ...after("admin")],
  config: ["telemetry", ...after("config")],
  plugins: [...LEAVES, ...after("plugins")],
  gateway: [...LEAVES, ...after("gateway")],
  routing: after("routing"),
  providers: after("providers"),
  formats: after("formats"),
  framing: [],
  chat: [],
  telemetry: ["chat"],
  credentials: ["chat"],
  "http-client": ["framing"],
  embeddings: ["chat"],
  vectors: ["redis", "chat"],
  redis: ["chat"],
  limits: ["redis", "chat"],
  lab: ["framing"],
  "version.ts": [],
};

/** Single edges that the table does not give. */
const EXCEPTIONS: readonly ((source: Source, edge: Import) => boolean)[] = [
  // A frame that cannot be read is a gateway error like any other.
  ({ path }, { to }) => room(path) === "framing" && to === "chat/error.ts",
  // Tests may ask the simulator, and use what tests share.
  ({ isTest }, { to }) => isTest && (room(to) === "lab" || to.startsWith("../tests/fixtures/")),
];

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

  test("the table has every folder of src/, and no other", () => {
    const rooms = new Set(SOURCES.map(({ path }) => room(path)));
    expect([...rooms].toSorted()).toEqual(Object.keys(ALLOWED).toSorted());
  });
});

describe("inside a room, imports go one way", () => {
  for (const [name, parts] of Object.entries(PARTS)) {
    const inside = SOURCES.filter(({ path, isTest }) => !isTest && room(path) === name);
    const place = (path: string) =>
      parts.indexOf((folder(path, name) ?? path).slice(name.length + 1));

    test(`every part of ${name}/ has its place`, () => {
      const paths = inside.map(({ path }) => path);
      expect(paths.filter((path) => place(path) < 0)).toEqual([]);
    });

    test(`a part of ${name}/ imports none before it`, () => {
      const wrong = edges(({ path, isTest }, { to }) => {
        if (isTest || room(path) !== name || room(to) !== name) return false;
        return place(to) < place(path);
      });
      expect(wrong).toEqual([]);
    });
  }
});

/** Rooms whose folders are alike, with the one file that lists them and what all of them may ask. */
const SHELVES: Readonly<Record<string, Shelf>> = {
  // What Anthropic's models ask for is the same in every dialect that reaches them.
  formats: { list: "formats/registry.ts", shared: "formats/claude" },
  "formats/anthropic": {},
  "formats/cohere": {},
  "formats/ollama": {},
  "formats/openai": {},
  "formats/tgi": {},
  plugins: { list: "plugins/registry.ts" },
  credentials: { list: "credentials/credential-for.ts" },
};

interface Shelf {
  readonly list?: string;
  readonly shared?: string;
}

describe("siblings do not know each other", () => {
  for (const [shelf, { list, shared }] of Object.entries(SHELVES)) {
    const isOn = ({ path, isTest }: Source) =>
      !isTest && path.startsWith(`${shelf}/`) && path !== list;

    test(`a folder of ${shelf}/ imports no other, nor the list of them`, () => {
      const wrong = edges((source, { to }) => {
        const [own, other] = [folder(source.path, shelf), folder(to, shelf)];
        if (!isOn(source) || own === undefined) return false;
        return to === list || (other !== undefined && other !== own && other !== shared);
      });
      expect(wrong).toEqual([]);
    });

    test(`what ${shelf}/ share imports none of the folders`, () => {
      const wrong = edges((source, { to }) => {
        const own = folder(source.path, shelf);
        const isShared = own === undefined || own === shared;
        const other = folder(to, shelf);
        return isOn(source) && isShared && other !== undefined && other !== own;
      });
      expect(wrong).toEqual([]);
    });
  }

  test("every format with folders of its own is a shelf", () => {
    const nested = SOURCES.filter(({ path }) => /^formats\/[^/]+\/[^/]+\//.test(path));
    const families = new Set(nested.map(({ path }) => path.split("/", 2).join("/")));
    expect([...families].filter((one) => !Object.hasOwn(SHELVES, one))).toEqual([]);
  });

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

test("each function on the way of a streamed call stands in the file that docs/architecture.md names", () => {
  const page = readFileSync(join(import.meta.dirname, "../../docs/architecture.md"), "utf8");
  const steps = [...page.matchAll(/^\| `(\w+)` \| `([\w/.-]+\.ts)` \|/gm)];
  expect(steps.length).toBeGreaterThan(15);
  const lost = steps.filter(([, name, path]) => {
    const source = SOURCES.find((one) => one.path === path);
    return (
      !source ||
      !new RegExp(
        `\\b(?:function\\*?|class|const) ${name}\\b|^ +(?:async )?${name}\\([^;]*\\{$`,
        "m",
      ).test(source.code)
    );
  });
  expect(lost.map(([line]) => line)).toEqual([]);
});

test("the layout in docs/architecture.md has a line for every room, and for every room inside one", () => {
  const page = readFileSync(join(import.meta.dirname, "../../docs/architecture.md"), "utf8");
  const [layout = ""] = /^src\/$[\s\S]*?^tests\//m.exec(page) ?? [];
  const listed: string[] = [];
  let outer = "";
  for (const [, indent = "", names = ""] of layout.matchAll(/^( {2,4})((?:[a-z-]+\/ ?)+)/gm)) {
    if (indent.length === 2) outer = names.trim();
    listed.push(
      ...names
        .trim()
        .split(" ")
        .map((name) => (name === outer ? name : outer + name)),
    );
  }
  // One folder a plugin, and one a dialect inside its family, go without saying.
  const rooms = SOURCES.flatMap(({ path }) => {
    const [outermost, inner] = path.split("/").slice(0, -1);
    if (outermost === undefined) return [];
    const isSaid = inner !== undefined && outermost !== "plugins";
    return [`${outermost}/`, ...(isSaid ? [`${outermost}/${inner}/`] : [])];
  });
  expect(listed.toSorted()).toEqual([...new Set(rooms)].toSorted());
});

test("no imports go in a circle", () => {
  const graph = new Map(
    SOURCES.filter(({ isTest }) => !isTest).map((source) => [source.path, ownImports(source)]),
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

function ownImports(source: Source): readonly string[] {
  return importsOf(source)
    .filter(({ isOurs }) => isOurs)
    .map(({ to }) => to);
}

/** The part of `src/` that a path lies in. */
function room(path: string): string {
  return path.split("/")[0] ?? "";
}

/** The folder of `shelf` that a path lies in, from `src/`; undefined for a file that lies loose on it. */
function folder(path: string, shelf: string): string | undefined {
  if (!path.startsWith(`${shelf}/`)) return undefined;
  const end = path.indexOf("/", shelf.length + 1);
  return end < 0 ? undefined : path.slice(0, end);
}

function edges(isWrong: (source: Source, edge: Import) => boolean): string[] {
  return SOURCES.flatMap((source) =>
    importsOf(source)
      .filter(({ isOurs, to }) => isOurs && to !== "../package.json")
      .filter((edge) => isWrong(source, edge))
      .map(({ to }) => `${source.path} imports ${to}`),
  );
}
