import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { Scope } from "./entities.ts";
import {
  indexPlugins,
  orderPlugins,
  type RequestSubject,
  selectInstances,
} from "./plugin-order.ts";

const instance = (name: string, scope: Scope = {}, priority = 0) => ({ name, priority, scope });

test("higher priority runs earlier, equal ones in reverse alphabetical order", () => {
  const instances = [
    instance("ai-proxy", {}, 770),
    instance("key-auth", {}, 1250),
    instance("ai-proxy-advanced", {}, 770),
    instance("file-log", {}, 9),
  ];
  expect(orderPlugins(instances).map(({ name }) => name)).toEqual([
    "key-auth",
    "ai-proxy-advanced",
    "ai-proxy",
    "file-log",
  ]);
});

const r = { routeId: "r" };
const s = { serviceId: "s" };
const c = { consumerId: "c" };
const g = { consumerGroup: "g" };
const precedence: readonly [string, Scope][] = [
  ["consumer, route and service", { ...c, ...r, ...s }],
  ["consumer group, service and route", { ...g, ...r, ...s }],
  ["consumer and route", { ...c, ...r }],
  ["consumer and service", { ...c, ...s }],
  ["consumer group and route", { ...g, ...r }],
  ["consumer group and service", { ...g, ...s }],
  ["route and service", { ...r, ...s }],
  ["consumer", c],
  ["consumer group", g],
  ["route", r],
  ["service", s],
  ["global", {}],
];

const subject: RequestSubject = {
  route: { id: "r" },
  service: { id: "s" },
  consumer: { id: "c", groups: ["g", "h"] },
};

describe("the more specific instance wins over every less specific one", () => {
  test.each(precedence.map(([name, scope], index) => [name, scope, index] as const))(
    "%s",
    (_, scope, index) => {
      const winner = instance("limit", scope);
      for (const [, lesser] of precedence.slice(index + 1)) {
        expect(selectInstances([winner, instance("limit", lesser)], subject)).toEqual([winner]);
        expect(selectInstances([instance("limit", lesser), winner], subject)).toEqual([winner]);
      }
    },
  );
});

describe("an instance applies only where all of its scope does", () => {
  const cases: readonly [string, Scope, RequestSubject, boolean][] = [
    ["another route", { routeId: "q" }, subject, false],
    ["another service", { serviceId: "q" }, subject, false],
    ["another consumer", { consumerId: "q" }, subject, false],
    ["a group the consumer is not in", { consumerGroup: "q" }, subject, false],
    ["nobody recognised", c, { route: { id: "r" } }, false],
    ["nobody recognised, so in no group", g, { route: { id: "r" } }, false],
    ["a route without a service", { ...r, ...s }, { route: { id: "r" } }, false],
    ["nothing known, global", {}, {}, true],
  ];
  test.each(cases)("%s", (_, scope, asked, applies) => {
    expect(selectInstances([instance("limit", scope)], asked)).toHaveLength(applies ? 1 : 0);
  });
});

test("of several groups' instances the alphabetically first group's is taken", () => {
  const [h, first] = [instance("limit", { consumerGroup: "h" }), instance("limit", g)];
  expect(selectInstances([h, first], subject)).toEqual([first]);
});

test("selection is, for every name, the first applicable scope of the precedence list", () => {
  const id = fc.constantFrom("1", "2");
  const scope = fc.oneof(
    fc.record({ routeId: id, serviceId: id, consumerId: id }, { requiredKeys: [] }),
    fc.record({ routeId: id, serviceId: id, consumerGroup: id }, { requiredKeys: [] }),
  );
  const instances = fc.array(
    fc.record({ name: fc.constantFrom("x", "y"), priority: fc.constant(0), scope }),
    { maxLength: 14 },
  );
  const asked = fc.record({
    route: id,
    service: id,
    consumer: id,
    groups: fc.subarray(["1", "2"]),
  });
  fc.assert(
    fc.property(instances, asked, (all, { route, service, consumer, groups }) => {
      const steps = stepsFor(route, service, consumer, groups);
      const expected = all.filter((candidate) => {
        const rivals = all.filter(({ name }) => name === candidate.name);
        const step = steps.find((wanted) => rivals.some((rival) => sameScope(rival.scope, wanted)));
        return (
          step !== undefined && rivals.find((rival) => sameScope(rival.scope, step)) === candidate
        );
      });
      const selected = selectInstances(all, {
        route: { id: route },
        service: { id: service },
        consumer: { id: consumer, groups },
      });
      expect(selected).toEqual(expected);
      const subject = { route: { id: route }, service: { id: service } };
      const caller = { consumer: { id: consumer, groups } };
      const index = indexPlugins(all);
      expect(index.select(subject)).toEqual(selectInstances(orderPlugins(all), subject));
      expect(index.select({ ...subject, ...caller })).toEqual(
        selectInstances(orderPlugins(all), { ...subject, ...caller }),
      );
    }),
    { numRuns: 500 },
  );
});

function stepsFor(
  routeId: string,
  serviceId: string,
  consumerId: string,
  groups: readonly string[],
): readonly Scope[] {
  const each = (rest: Scope) =>
    [...groups].sort().map((consumerGroup) => ({ consumerGroup, ...rest }));
  return [
    { consumerId, routeId, serviceId },
    ...each({ routeId, serviceId }),
    { consumerId, routeId },
    { consumerId, serviceId },
    ...each({ routeId }),
    ...each({ serviceId }),
    { routeId, serviceId },
    { consumerId },
    ...each({}),
    { routeId },
    { serviceId },
    {},
  ];
}

function sameScope(left: Scope, right: Scope): boolean {
  return (
    left.routeId === right.routeId &&
    left.serviceId === right.serviceId &&
    left.consumerId === right.consumerId &&
    left.consumerGroup === right.consumerGroup
  );
}
