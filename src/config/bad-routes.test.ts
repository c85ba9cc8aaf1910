import { expect, test } from "bun:test";
import fc from "fast-check";
import { load, problemLines } from "../../tests/fixtures/test-plugins.ts";
import { compileRouter } from "../routing/router.ts";

const FLAGS = "flags such as (?i) stand at the beginning, or as (?i:…) where they hold";
const EDGE = "invalid wildcard: must be placed at leftmost or rightmost label";

const route = (members: object) =>
  JSON.stringify({ _format_version: "3.0", routes: [{ name: "r", ...members }] });

test.each<[string, object, string]>([
  ["an open group", { paths: ["~/("] }, "paths[0]: invalid regex: missing )"],
  ["a possessive quantifier", { paths: ["~/a++"] }, "paths[0]: invalid regex: nothing to repeat"],
  [
    "a POSIX class",
    { paths: ["/a", "~/a[[:alpha:]]"] },
    "paths[1]: invalid regex: POSIX classes such as [:alpha:] are not supported",
  ],
  [
    "an escape JavaScript would read as a letter",
    { paths: ["~/\\Kx"] },
    "paths[0]: invalid regex: \\K is not supported",
  ],
  ["a flag behind a word", { paths: ["~/a/(?i)b"] }, `paths[0]: invalid regex: ${FLAGS}`],
  [
    "a header's expression",
    { headers: { "x-a": ["~*("] } },
    "headers.x-a: invalid regex: missing )",
  ],
  [
    "the host among the headers",
    { headers: { Host: ["a.example"] } },
    "headers.Host: cannot contain 'host' header, which must be specified in the 'hosts' attribute",
  ],
  [
    "a header's name with a blank",
    { headers: { "x a": ["b"] } },
    "headers['x a']: bad header name 'x a'",
  ],
  ["a header without values", { headers: { "x-a": [] } }, "headers.x-a: length must be at least 1"],
  [
    "two wildcards",
    { hosts: ["*.a.*"] },
    "hosts[0]: invalid wildcard: must have at most one wildcard",
  ],
  ["a wildcard inside a label", { hosts: ["a*.example.com"] }, `hosts[0]: ${EDGE}`],
  ["a wildcard between labels", { hosts: ["a.*.com"] }, `hosts[0]: ${EDGE}`],
  ["a host with a path", { hosts: ["a.example/b"] }, "hosts[0]: invalid hostname"],
  ["a host with a port that is none", { hosts: ["a.example:http"] }, "hosts[0]: invalid hostname"],
  ["a host with an empty port", { hosts: ["a.example:"] }, "hosts[0]: invalid hostname"],
  ["no host", { hosts: [""] }, "hosts[0]: invalid hostname"],
])("what the router cannot compile, or never matches, is refused: %s", (_name, members, line) => {
  expect(problemLines(route(members))).toEqual([expect.stringMatching(/^1:\d+ routes\[0\]\./)]);
  expect(
    problemLines(route(members))
      .join()
      .replace(/^1:\d+ routes\[0\]\./, ""),
  ).toBe(line);
});

test.each<[string, object, { path?: string; host?: string; headers?: Record<string, string> }]>([
  ["flags at the beginning", { paths: ["~/(?i)foo"] }, { path: "/FOO/1" }],
  ["a flag for a part", { paths: ["~/a/(?i:b)"] }, { path: "/a/B" }],
  ["PCRE's named groups", { paths: ["~/(?P<id>\\d+)"] }, { path: "/7" }],
  ["a wildcard with a port", { hosts: ["a.*:8443"] }, { host: "a.example:8443" }],
  ["an IPv6 address", { hosts: ["[::1]:8443"] }, { host: "[::1]:8443" }],
  ["every host", { hosts: ["*"] }, { host: "a.example" }],
  ["a header's expression", { headers: { "x-a": ["~*^b+$"] } }, { headers: { "x-a": "BB" } }],
  ["one of two values", { headers: { "x-a": ["~*(", "b"] } }, { headers: { "x-a": "~*(" } }],
])("what the router matches may stand in a file: %s", (_name, members, request) => {
  const result = load(route(members));
  if ("problems" in result) throw new Error(JSON.stringify(result.problems));
  const { path = "/", host = "h", headers = {} } = request;
  const asked = {
    method: "GET",
    scheme: "https",
    path,
    host,
    headers: new Headers(headers),
  } as const;
  expect(compileRouter(result.config.routes).match(asked)?.route.name).toBe("r");
});

test("routes that a file may hold always compile", () => {
  const piece = fc.constantFrom(
    ..."(,),[,],{,},*,+,?,|,\\,^,$,.,-,a,b,/,:,1,~*,(?i),(?P<n>,[:alpha:],\\p{L},\\z,\\Q,*.,.*".split(
      ",",
    ),
  );
  const text = fc.array(piece, { maxLength: 6 }).map((pieces) => pieces.join(""));
  const texts = fc.array(text, { maxLength: 2 });
  const routes = fc.record({
    paths: fc.array(
      text.map((one) => `~/${one}`),
      { maxLength: 2 },
    ),
    hosts: texts,
    headers: fc.dictionary(fc.constantFrom("x-a", "x-b"), texts),
  });
  fc.assert(
    fc.property(routes, (members) => {
      const result = load(route(members));
      if ("config" in result) compileRouter(result.config.routes);
    }),
    { numRuns: 100 },
  );
});
