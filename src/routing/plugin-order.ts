import type { Consumer, Route, Scope, Service } from "./entities.ts";

/** What ordering and selection look at in a configured plugin. */
export interface OrderedInstance {
  readonly name: string;
  /** Higher runs earlier. */
  readonly priority: number;
  readonly scope: Scope;
}

/** Whom a request concerns; the consumer is absent until somebody has recognised it. */
export interface RequestSubject {
  readonly route?: Pick<Route, "id">;
  readonly service?: Pick<Service, "id">;
  readonly consumer?: Pick<Consumer, "id" | "groups">;
}

/** Plugin instances by what they are for, so that nobody looks at those of ten thousand other routes. */
export interface PluginIndex<Instance> {
  /** As {@link selectInstances}, of all instances, outermost first. */
  select(subject: RequestSubject): readonly Instance[];
  /** Whether one instance is further in than another. */
  isInside(inner: Instance, outer: Instance): boolean;
}

export function indexPlugins<Instance extends OrderedInstance>(
  instances: readonly Instance[],
): PluginIndex<Instance> {
  const ranks = new Map<Instance, number>();
  const byOwner = new Map<string | undefined, Instance[]>();
  for (const instance of orderPlugins(instances)) {
    ranks.set(instance, ranks.size);
    const { routeId, serviceId, consumerId } = instance.scope;
    const owner = routeId ?? serviceId ?? consumerId;
    const others = byOwner.get(owner);
    if (others) others.push(instance);
    else byOwner.set(owner, [instance]);
  }
  const rankOf = (instance: Instance) => ranks.get(instance) ?? 0;
  return {
    select(subject) {
      const owners = new Set([
        undefined,
        subject.route?.id,
        subject.service?.id,
        subject.consumer?.id,
      ]);
      const near = [...owners].flatMap((owner) => byOwner.get(owner) ?? []);
      return selectInstances(
        near.sort((left, right) => rankOf(left) - rankOf(right)),
        subject,
      );
    },
    isInside: (inner, outer) => rankOf(inner) > rankOf(outer),
  };
}

/** Outermost first: by priority, names of equal priority in reverse alphabetical order. */
export function orderPlugins<Instance extends OrderedInstance>(
  instances: readonly Instance[],
): readonly Instance[] {
  return [...instances].sort(
    (left, right) => right.priority - left.priority || compareText(right.name, left.name),
  );
}

/**
 * One instance a plugin name, the most specific that applies, in the order given.
 * https://developer.konghq.com/gateway/entities/plugin/#plugin-precedence
 *
 * With the same plugin on several of a consumer's groups, the alphabetically first group wins;
 * of two instances with the same scope, the first.
 */
export function selectInstances<Instance extends OrderedInstance>(
  instances: readonly Instance[],
  subject: RequestSubject,
): readonly Instance[] {
  const chosen = new Map<string, Instance>();
  for (const instance of instances) {
    if (!applies(instance.scope, subject)) continue;
    const rival = chosen.get(instance.name);
    if (rival === undefined || isMoreSpecific(instance.scope, rival.scope))
      chosen.set(instance.name, instance);
  }
  return instances.filter((instance) => chosen.get(instance.name) === instance);
}

function applies(scope: Scope, { route, service, consumer }: RequestSubject): boolean {
  if (scope.routeId !== undefined && scope.routeId !== route?.id) return false;
  if (scope.serviceId !== undefined && scope.serviceId !== service?.id) return false;
  if (scope.consumerId !== undefined && scope.consumerId !== consumer?.id) return false;
  return (
    scope.consumerGroup === undefined || consumer?.groups.includes(scope.consumerGroup) === true
  );
}

function isMoreSpecific(scope: Scope, rival: Scope): boolean {
  const difference = specificity(scope) - specificity(rival);
  if (difference !== 0) return difference > 0;
  return compareText(scope.consumerGroup ?? "", rival.consumerGroup ?? "") < 0;
}

type Caller = "consumer" | "group" | "anyone";
type Place = "route+service" | "route" | "service" | "anywhere";

/** Not a sum of parts: any pair outranks a consumer alone. */
const specificities = {
  consumer: { "route+service": 12, route: 10, service: 9, anywhere: 5 },
  group: { "route+service": 11, route: 8, service: 7, anywhere: 4 },
  anyone: { "route+service": 6, route: 3, service: 2, anywhere: 1 },
} satisfies Record<Caller, Record<Place, number>>;

function specificity(scope: Scope): number {
  return specificities[callerOf(scope)][placeOf(scope)];
}

function callerOf(scope: Scope): Caller {
  if (scope.consumerId !== undefined) return "consumer";
  return scope.consumerGroup === undefined ? "anyone" : "group";
}

function placeOf(scope: Scope): Place {
  if (scope.routeId === undefined) return scope.serviceId === undefined ? "anywhere" : "service";
  return scope.serviceId === undefined ? "route" : "route+service";
}

function compareText(left: string, right: string): number {
  if (left === right) return 0;
  return left < right ? -1 : 1;
}

/** Work that offers a pause after each of its steps, for whoever must not be kept waiting by all of it. */
export type Steps<Result> = Generator<undefined, Result>;

/** The same without a pause. */
export function inOneGo<Result>(steps: Steps<Result>): Result {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}
