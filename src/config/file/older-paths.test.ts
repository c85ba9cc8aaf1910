import { expect, test } from "bun:test";
import { load, problemLines } from "../../../tests/fixtures/test-plugins.ts";
import { compileRouter } from "../../routing/router.ts";

const file = (version: string, path: string) =>
  `_format_version: ${version}\nservices: [{ name: a, host: h, routes: [{ paths: [/plain, '${path}'] }] }]\nroutes: [{ name: r, paths: ['${path}'] }]\n`;

function pathsOf(version: string, path: string) {
  const result = load(file(version, path));
  if ("problems" in result) throw new Error(JSON.stringify(result.problems));
  return result.config.routes.map(({ paths }) => paths);
}

test.each([
  ["/users/\\d+/profile$", "~/users/\\d+/profile$"],
  ["/a:b", "~/a:b"],
  ["/caf%c3%a9/(x)%2fy%2E%7C%20", "~/café/(x)%2Fy\\.\\| "],
  ["~/a\\d", "~/a\\d"],
  ["/v1.0/a-b_c~d%20e", "/v1.0/a-b_c~d%20e"],
])("in a file older than 3.0 the path %s is %s", (written, read) => {
  expect(pathsOf('"1.1"', written)).toEqual([["/plain", read], [read]]);
  expect(pathsOf("2.1", written)).toEqual([["/plain", read], [read]]);
  expect(pathsOf('"3.0"', written)).toEqual([["/plain", written], [written]]);
});

test("a path that is read as an expression is named", () => {
  const message =
    "'/u/\\d+$' is a regular expression in files of _format_version 2.1: since 3.0 it is written '~/u/\\d+$'";
  expect(problemLines(file('"2.1"', "/u/\\d+$"))).toEqual([
    `2:59 warning services[0].routes[0].paths[1]: ${message}`,
    `3:29 warning routes[0].paths[0]: ${message}`,
  ]);
  expect(problemLines(file('"2.1"', "/u/(")).filter((line) => !line.includes("warning"))).toEqual([
    "2:59 services[0].routes[0].paths[1]: invalid regex: missing )",
    "3:29 routes[0].paths[0]: invalid regex: missing )",
  ]);
});

test("such a path matches what it matched", () => {
  const result = load(file('"2.1"', "/users/\\d+/profile$"));
  if ("problems" in result) throw new Error(JSON.stringify(result.problems));
  const router = compileRouter(result.config.routes);
  const match = (path: string) =>
    router.match({ method: "GET", scheme: "http", host: "h", path, headers: new Headers() });
  expect(match("/users/7/profile")?.route.paths[0]).toBe("/plain");
  expect(match("/users/7/profile/x")).toBeUndefined();
});
