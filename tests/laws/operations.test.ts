import { expect, test } from "bun:test";
import { openApiDocument } from "../../src/admin/openapi.ts";
import {
  isTranslated,
  LEAST_REQUESTS,
  operationOf,
  ROUTE_TYPES,
} from "../../src/providers/operations.ts";
import { PROVIDERS } from "../../src/providers/registry.ts";

const TRANSLATED = ROUTE_TYPES.filter(isTranslated);

test.each(TRANSLATED)("%s is served by a provider, in a dialect", (routeType) => {
  const serving = Object.values(PROVIDERS).filter(
    ({ operations }) => operations[routeType]?.format,
  );
  expect(serving).not.toEqual([]);
});

test("a provider has a dialect for what is translated alone", () => {
  const others = ROUTE_TYPES.filter((routeType) => !isTranslated(routeType));
  const spoken = Object.values(PROVIDERS).flatMap(({ name, operations }) =>
    others.filter((one) => operations[one]?.format).map((one) => `${name} ${one}`),
  );
  expect(spoken).toEqual([]);
});

test("requests of different operations are told by different members", () => {
  const members = LEAST_REQUESTS.map(({ member }) => member);
  expect(new Set(members).size).toBe(members.length);
});

test("what the short form serves is described for clients", () => {
  const served = ROUTE_TYPES.flatMap((routeType) => operationOf(routeType).served?.path ?? []);
  expect(Object.keys(openApiDocument().paths)).toEqual(expect.arrayContaining(served));
});
