import type { Route } from "./entities.ts";
import { isHostPattern } from "./host-key.ts";
import { compileHeaderPattern, compilePathPattern } from "./path-pattern.ts";

export interface RouteProblem {
  readonly routeId: string;
  readonly message: string;
}

/** Everything that would keep these routes from being compiled. */
export function routeProblems(routes: readonly Route[]): readonly RouteProblem[] {
  return routes.flatMap((route) =>
    [
      ...route.paths.flatMap(pathProblem),
      ...route.hosts.flatMap(hostProblem),
      ...Object.entries(route.headers).flatMap(([name, values]) => headerProblem(name, values)),
    ].map((message) => ({ routeId: route.id, message })),
  );
}

function pathProblem(path: string): readonly string[] {
  if (path.startsWith("/")) return [];
  if (!path.startsWith("~"))
    return [`path ${path}: should start with: / (fixed path) or ~/ (regexed path)`];
  const pattern = compilePathPattern(path.slice(1));
  return "problem" in pattern ? [`path ${path}: ${pattern.problem}`] : [];
}

function hostProblem(host: string): readonly string[] {
  if (isHostPattern(host)) return [];
  return [`host ${host}: a wildcard must be the whole leftmost or rightmost label`];
}

function headerProblem(name: string, values: readonly string[]): readonly string[] {
  const [only] = values;
  if (only === undefined) return [`header ${name}: no values to match`];
  if (values.length !== 1 || !only.startsWith("~*")) return [];
  const pattern = compileHeaderPattern(only.slice(2));
  return "problem" in pattern ? [`header ${name}: ${pattern.problem}`] : [];
}
