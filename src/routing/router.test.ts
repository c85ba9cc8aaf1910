import { describe, expect, test } from "bun:test";
import type { Route, Service } from "./entities.ts";
import { compileRouter, maxPathLength, type RoutedRequest } from "./router.ts";

function route(id: string, members: Partial<Route> = {}): Route {
  return {
    id,
    protocols: ["http", "https"],
    methods: [],
    hosts: [],
    paths: [],
    headers: {},
    stripPath: true,
    preserveHost: false,
    pathHandling: "v0",
    regexPriority: 0,
    httpsRedirectStatusCode: 426,
    tags: [],
    ...members,
  };
}

function serviceAt(path: string | undefined): Service {
  return {
    id: "service",
    protocol: "http",
    host: "upstream",
    port: 80,
    ...(path === undefined ? {} : { path }),
    connectTimeoutMs: 1,
    headersTimeoutMs: 1,
    readTimeoutMs: 1,
    retries: 0,
    enabled: true,
    tags: [],
  };
}

type Asked = Partial<Omit<RoutedRequest, "headers">> & {
  readonly headers?: Record<string, string>;
};

function request({ headers = {}, ...asked }: Asked): RoutedRequest {
  return {
    method: "GET",
    host: "localhost",
    path: "/",
    scheme: "http",
    ...asked,
    headers: new Headers(headers),
  };
}

const matchedId = (routes: readonly Route[], asked: Asked) =>
  compileRouter(routes).match(request(asked))?.route.id;

describe("what a route takes", () => {
  const cases: readonly [string, Partial<Route>, Asked, boolean][] = [
    ["no attributes: everything", {}, { path: "/any" }, true],
    ["a prefix, whole", { paths: ["/foo"] }, { path: "/foo" }, true],
    ["a prefix, continued inside a segment", { paths: ["/foo"] }, { path: "/foobar" }, true],
    ["not what a prefix is a part of", { paths: ["/foo"] }, { path: "/a/foo" }, false],
    ["one of several paths", { paths: ["/a", "/b"] }, { path: "/b/c" }, true],
    ["a method in any configured case", { methods: ["post"] }, { method: "POST" }, true],
    ["not another method", { methods: ["POST"] }, { method: "GET" }, false],
    [
      "a host in any case, with any port",
      { hosts: ["Example.com"] },
      { host: "EXAMPLE.com:9000" },
      true,
    ],
    ["a host with its port", { hosts: ["example.com:9000"] }, { host: "example.com:9000" }, true],
    [
      "not a host with another port",
      { hosts: ["example.com:9000"] },
      { host: "example.com:9001" },
      false,
    ],
    [
      "a host with the port the scheme implies",
      { hosts: ["example.com:443"] },
      { host: "example.com", scheme: "https" },
      true,
    ],
    ["a bracketed address", { hosts: ["[::1]"] }, { host: "[::1]:8000" }, true],
    [
      "any depth under a leftmost wildcard",
      { hosts: ["*.example.com"] },
      { host: "a.b.example.com:80" },
      true,
    ],
    [
      "not the bare domain of a wildcard",
      { hosts: ["*.example.com"] },
      { host: "example.com" },
      false,
    ],
    [
      "not a name that only ends alike",
      { hosts: ["*.example.com"] },
      { host: "a.notexample.com" },
      false,
    ],
    ["a rightmost wildcard", { hosts: ["example.*"] }, { host: "example.co.uk" }, true],
    [
      "not a name that only begins alike",
      { hosts: ["example.*"] },
      { host: "an.example.org" },
      false,
    ],
    [
      "a wildcard with its port",
      { hosts: ["*.example.com:8443"] },
      { host: "a.example.com:8443" },
      true,
    ],
    [
      "not a wildcard with another port",
      { hosts: ["*.example.com:8443"] },
      { host: "a.example.com" },
      false,
    ],
    [
      "a header value in any case",
      { headers: { "x-tier": ["Gold", "silver"] } },
      { headers: { "X-Tier": "SILVER" } },
      true,
    ],
    [
      "one of a repeated header's values",
      { headers: { "x-tier": ["gold"] } },
      { headers: { "x-tier": "tin, gold" } },
      true,
    ],
    [
      "a header expression",
      { headers: { "x-model": ["~*^gpt-\\d"] } },
      { headers: { "x-model": "GPT-5" } },
      true,
    ],
    [
      "not a header that differs",
      { headers: { "x-tier": ["gold"] } },
      { headers: { "x-tier": "golden" } },
      false,
    ],
    ["all headers, not some", { headers: { a: ["1"], b: ["1"] } }, { headers: { a: "1" } }, false],
    [
      "host, path and method together",
      { hosts: ["h.io"], paths: ["/p"], methods: ["PUT"] },
      { host: "h.io", path: "/p", method: "PUT" },
      true,
    ],
    [
      "not two of the three",
      { hosts: ["h.io"], paths: ["/p"], methods: ["PUT"] },
      { host: "h.io", path: "/p" },
      false,
    ],
    [
      "an expression, anchored at the start only",
      { paths: ["~/v\\d+/chat"] },
      { path: "/v1/chat/completions" },
      true,
    ],
    ["not an expression further in", { paths: ["~/v\\d+"] }, { path: "/api/v1" }, false],
    ["every branch of an expression anchored", { paths: ["~/a|/b"] }, { path: "/x/b" }, false],
    ["an expression in its inline case", { paths: ["~(?i)/CHAT"] }, { path: "/chat" }, true],
    ["an expression to its \\z", { paths: ["~/a\\z"] }, { path: "/ab" }, false],
    ["an optional last letter", { paths: ["~/models?"] }, { path: "/model" }, true],
    ["a server name on https", { snis: ["a.io."] }, { scheme: "https", sni: "A.io" }, true],
    [
      "not another server name on https",
      { snis: ["a.io"] },
      { scheme: "https", sni: "b.io" },
      false,
    ],
    ["any server name on http", { snis: ["a.io"] }, { scheme: "http" }, true],
  ];
  test.each(cases)("%s", (_, members, asked, taken) => {
    expect(matchedId([route("r", members)], asked)).toBe(taken ? "r" : undefined);
  });
});

describe("which of two routes wins, whatever their order", () => {
  const cases: readonly [string, Partial<Route>, Partial<Route>, Asked][] = [
    [
      "more kinds of attributes",
      { hosts: ["h.io"], methods: ["GET"] },
      { paths: ["/long/path"] },
      { host: "h.io", path: "/long/path" },
    ],
    ["host over path", { hosts: ["h.io"] }, { paths: ["/p"] }, { host: "h.io", path: "/p" }],
    ["path over method", { paths: ["/"] }, { methods: ["GET"] }, {}],
    [
      "plain host over wildcard",
      { hosts: ["a.h.io"], paths: ["/"] },
      { hosts: ["*.h.io"], paths: ["/longer"] },
      { host: "a.h.io", path: "/longer" },
    ],
    [
      "wildcard with a port over one without",
      { hosts: ["*.h.io:80"] },
      { hosts: ["*.h.io"] },
      { host: "a.h.io" },
    ],
    [
      "more headers",
      { headers: { a: ["1"], b: ["1"] } },
      { headers: { a: ["1"] } },
      { headers: { a: "1", b: "1" } },
    ],
    [
      "expression over prefix",
      { paths: ["~/v\\d"] },
      { paths: ["/v1/chat"] },
      { path: "/v1/chat" },
    ],
    [
      "higher regex_priority",
      { paths: ["~/v\\d"], regexPriority: 2 },
      { paths: ["~/v1"], regexPriority: 1 },
      { path: "/v1" },
    ],
    [
      "longer prefix",
      { paths: ["/v1/chat"] },
      { paths: ["/v1"], regexPriority: 9 },
      { path: "/v1/chat" },
    ],
    [
      "longer of many prefixes",
      { paths: ["/a", "/v1/chat"] },
      { paths: ["/v1", "/longer/than/all"] },
      { path: "/v1/chat" },
    ],
  ];
  test.each(cases)("%s", (_, winner, loser, asked) => {
    expect(matchedId([route("winner", winner), route("loser", loser)], asked)).toBe("winner");
    expect(matchedId([route("loser", loser), route("winner", winner)], asked)).toBe("winner");
  });

  test("equal routes: the first one written", () => {
    expect(
      matchedId([route("first", { paths: ["/a"] }), route("second", { paths: ["/a"] })], {
        path: "/a",
      }),
    ).toBe("first");
  });

  test("a more specific route that refuses gives way to a less specific one", () => {
    const routes = [
      route("post", { paths: ["/a/b"], methods: ["POST"] }),
      route("any", { paths: ["/a"] }),
    ];
    expect(matchedId(routes, { path: "/a/b" })).toBe("any");
  });
});

describe("captures", () => {
  const cases: readonly [string, string, string, Record<string, string>][] = [
    [
      "named",
      "~/(?<provider>[a-z]+)/(?<model>[^/]+)$",
      "/openai/gpt-5",
      { provider: "openai", model: "gpt-5" },
    ],
    ["named as Python and Rust spell it", "~/(?P<model>\\w+)", "/m1/chat", { model: "m1" }],
    ["unnamed groups give none", "~/(a)/(?<b>b)", "/a/b", { b: "b" }],
    ["a group that took no part is absent", "~/(?<a>a)?(?<b>b)", "/b", { b: "b" }],
    ["decoded", "~/(?<model>[^/]+)", "/gpt%205%2Fmini", { model: "gpt 5%2Fmini" }],
    ["control characters stay encoded", "~/(?<model>[^/]+)", "/a%0d%0ab", { model: "a%0D%0Ab" }],
    ["a prefix gives none", "/a", "/a/b", {}],
  ];
  test.each(cases)("%s", (_, path, asked, captures) => {
    expect(
      compileRouter([route("r", { paths: [path] })]).match(request({ path: asked }))?.captures,
    ).toEqual(captures);
  });
});

describe("path spelling before matching", () => {
  const cases: readonly [string, string, string | undefined][] = [
    ["/a/../b", "/b", "/b"],
    ["/a/%2e%2e/b", "/b", "/b"],
    ["/a/./b//c", "/a/b/c", "/a/b/c"],
    ["/../../b", "/b", "/b"],
    ["/b/..", "/", "/"],
    ["/b/x/..", "/b/", "/b/"],
    ["/%62", "/b", "/b"],
    ["/b%2fc", "/b%2F", "/b%2Fc"],
    ["/b%2fc", "/b/", undefined],
    ["/b%252e%252e/c", "/b%252e", "/b%252e%252e/c"],
    ["/caf%c3%a9", "/café", "/caf%C3%A9"],
    ["/b%ff", "/b%FF", "/b%FF"],
    ["/b%20c", "/b c", "/b%20c"],
  ];
  test.each(cases)("%s under %s", (asked, prefix, upstream) => {
    const router = compileRouter([route("r", { paths: [prefix], stripPath: false })]);
    expect(router.match(request({ path: asked }))?.upstreamPath).toBe(upstream);
  });
});

describe("upstream path", () => {
  const cases: readonly [
    service: string,
    paths: readonly string[],
    strip: boolean,
    asked: string,
    v0: string,
    v1: string,
  ][] = [
    ["/", ["/fv0"], false, "/fv0", "/fv0", "/fv0"],
    ["/", ["/fv0"], true, "/fv0", "/", "/"],
    ["/", ["/fv0/"], true, "/fv0/", "/", "/"],
    ["/", ["/fv0"], true, "/fv0req", "/req", "/req"],
    ["/", ["/fv0"], true, "/fv0/req", "/req", "/req"],
    ["/srv", ["/r"], false, "/r", "/srv/r", "/srvr"],
    ["/srv", ["/r"], true, "/r", "/srv", "/srv"],
    ["/srv", ["/r/"], true, "/r/", "/srv/", "/srv"],
    ["/srv", ["/r"], true, "/rreq", "/srv/req", "/srvreq"],
    ["/srv", ["/r"], true, "/r/req", "/srv/req", "/srv/req"],
    ["/srv", ["/"], false, "/", "/srv", "/srv"],
    ["/srv/", ["/r"], false, "/r/req", "/srv/r/req", "/srv/r/req"],
    ["/srv/", ["/r"], true, "/r", "/srv", "/srv/"],
    ["/srv/", ["/r/"], true, "/r/", "/srv/", "/srv/"],
    ["/srv/", ["/r"], true, "/r/req", "/srv/req", "/srv/req"],
    ["/srv", [], true, "/req", "/srv/req", "/srvreq"],
    ["/srv", ["/r"], true, "/r../secret", "/srv/secret", "/srvsecret"],
    ["/srv", ["~/r/\\d+"], true, "/r/42/chat", "/srv/chat", "/srv/chat"],
    ["/srv", ["~/r/\\d+"], false, "/r/42/chat", "/srv/r/42/chat", "/srvr/42/chat"],
  ];
  test.each(cases)(
    "service %s, paths %p, strip %p, %s",
    (path, paths, stripPath, asked, v0, v1) => {
      for (const [pathHandling, expected] of [
        ["v0", v0],
        ["v1", v1],
      ] as const) {
        const router = compileRouter([
          route("r", { paths, stripPath, pathHandling, service: serviceAt(path) }),
        ]);
        expect(router.match(request({ path: asked }))?.upstreamPath).toBe(expected);
      }
    },
  );

  test("a service without a path, and no service, are a service at /", () => {
    for (const members of [{}, { service: serviceAt(undefined) }]) {
      const router = compileRouter([route("r", { paths: ["/r"], ...members })]);
      expect(router.match(request({ path: "/r/x" }))?.upstreamPath).toBe("/x");
    }
  });
});

describe("protocols", () => {
  test.each([
    [["https"], "http", true],
    [["https"], "https", false],
    [["http", "https"], "http", false],
    [["http"], "https", false],
    [["grpcs", "https"], "http", true],
  ] as const)("%p over %s: https required is %p", (protocols, scheme, expected) => {
    expect(
      compileRouter([route("r", { protocols })]).match(request({ scheme }))?.httpsRequired,
    ).toBe(expected);
  });
});

test("a path over the limit matches nothing, one at the limit does", () => {
  const router = compileRouter([route("r", { paths: ["/"] })]);
  expect(router.match(request({ path: `/${"a".repeat(maxPathLength - 1)}` }))?.route.id).toBe("r");
  expect(router.match(request({ path: `/${"a".repeat(maxPathLength)}` }))).toBeUndefined();
});

test("routes with a bad expression do not compile", () => {
  expect(() => compileRouter([route("bad", { paths: ["~/("] })])).toThrow("route bad: path ~/(");
});
