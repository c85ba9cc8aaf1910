import { expect, test } from "bun:test";
import fc from "fast-check";
import type { Route } from "./entities.ts";
import { compileRouter, type RoutedRequest } from "./router.ts";
import { normalizePath } from "./upstream-path.ts";

const names = ["a.io", "b.io", "x.a.io", "a.org"];
const hostPatterns = [...names, "*.io", "*.a.io", "a.*", "a.io:81", "*.io:81"];
const pathPatterns = [
  "/",
  "/a",
  "/a/b",
  "/ab",
  "/abc/d",
  "~/a",
  "~/(?<x>[ab]+)/b",
  "~/a|/b",
  "~/abc?",
  "~/\\w/b$",
];
const requestPaths = ["/", "/a", "/a/b", "/ab", "/abc", "/abc/d/e", "/b/b", "/c", "/abb/b/b"];

const subset = (values: readonly string[], maxLength: number) =>
  fc.subarray([...values], { maxLength });

const routes = fc
  .array(
    fc.record({
      hosts: subset(hostPatterns, 2),
      paths: subset(pathPatterns, 3),
      methods: subset(["GET", "POST"], 1),
      headers: fc.constantFrom<Record<string, string[]>>(
        {},
        { "x-a": ["1"] },
        { "x-a": ["~*^[12]$"], "x-b": ["1"] },
      ),
      regexPriority: fc.integer({ min: 0, max: 2 }),
    }),
    { maxLength: 8 },
  )
  .map((members) =>
    members.map(
      (member, index): Route => ({
        id: String(index),
        protocols: ["http"],
        stripPath: true,
        preserveHost: false,
        pathHandling: "v0",
        httpsRedirectStatusCode: 426,
        tags: [],
        ...member,
      }),
    ),
  );

const requests = fc.record({
  method: fc.constantFrom("GET", "POST"),
  host: fc.constantFrom(...names, "x.io:81", "a.io:81", "none"),
  path: fc.constantFrom(...requestPaths),
  headers: fc
    .constantFrom({}, { "x-a": "1" }, { "x-a": "2", "x-b": "1" })
    .map((entries) => new Headers(entries)),
  scheme: fc.constant("http" as const),
});

test("the index finds what trying every route alone finds, and the best of those", () => {
  fc.assert(
    fc.property(routes, requests, (all, request) => {
      const accepting = all.filter((route) => compileRouter([route]).match(request) !== undefined);
      const found = compileRouter(all).match(request)?.route;
      expect(found === undefined).toBe(accepting.length === 0);
      for (const rival of accepting) if (found) expect(duel(found, rival, request)).toBe(found.id);
    }),
    { numRuns: 400 },
  );
});

/** Between two routes alone, in the order they were written. */
function duel(left: Route, right: Route, request: RoutedRequest): string | undefined {
  const pair = [left, right].sort((a, b) => Number(a.id) - Number(b.id));
  return compileRouter(pair).match(request)?.route.id;
}

test("normalising twice changes nothing, and leaves no dot segment", () => {
  const pieces = fc.constantFrom(
    "/",
    ".",
    "..",
    "a",
    "%2e",
    "%2F",
    "%2f",
    "%25",
    "%41",
    "%00",
    "%c3%a9",
    "%ff",
    "é",
    "//",
  );
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 12 }), (parts) => {
      const path = normalizePath(`/${parts.join("")}`);
      expect(normalizePath(path)).toBe(path);
      expect(path.split("/")).not.toContain("..");
      expect(path.startsWith("/")).toBe(true);
    }),
    { numRuns: 500 },
  );
});
