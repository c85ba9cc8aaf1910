import { expect, test } from "bun:test";
import fc from "fast-check";
import { stringify } from "yaml";
import type { Config } from "../../../src/config/config.ts";
import { load } from "../../fixtures/test-plugins.ts";

/** Services with routes, consumers in groups, and plugins on any of them; names are unique by kind. */
const word = fc.stringMatching(/^[a-z]{1,6}$/);
const plugins = fc.constantFrom([], [log("a")], [log("b"), proxy()]);
const route = fc.record({ name: fc.option(word, { nil: undefined }), path: word, plugins });
const service = fc.record({
  name: word,
  host: word,
  routes: fc.array(route, { maxLength: 3 }),
  plugins,
});
const consumer = fc.record({ username: word, key: word, grouped: fc.boolean(), plugins });
const gateway = fc.record({
  services: fc.uniqueArray(service, { selector: ({ name }) => name, maxLength: 3 }),
  consumers: fc.uniqueArray(consumer, { selector: ({ username }) => username, maxLength: 3 }),
  groupPlugins: fc.constantFrom([], [proxy()]),
});
type Gateway = typeof gateway extends fc.Arbitrary<infer T> ? T : never;

function log(where: string) {
  return { name: "http-log", config: { http_endpoint: `http://${where}` } };
}

function proxy() {
  return {
    name: "ai-proxy",
    config: { route_type: "llm/v1/chat", model: { provider: "openai" } },
  };
}

const HEAD = { _format_version: "3.0" };

test("nested and flat forms of a file mean the same", () => {
  fc.assert(
    fc.property(gateway, fc.boolean(), (drawn, byRecord) => {
      const one = named(drawn);
      expect(canonical(flatForm(one, byRecord))).toEqual(canonical(nestedForm(one)));
    }),
    { numRuns: 60 },
  );
});

test("the same file gives the same ids, in YAML and in JSON", () => {
  fc.assert(
    fc.property(gateway, (drawn) => {
      const form = nestedForm(named(drawn));
      expect(canonical(form)).toEqual(configOf(JSON.stringify(form)));
    }),
    { numRuns: 20 },
  );
});

/** Routes of one name would clash: the number of the route makes them unique, or leaves them unnamed. */
function named(drawn: Gateway): Gateway {
  let count = 0;
  return {
    ...drawn,
    services: drawn.services.map((one) => ({
      ...one,
      routes: one.routes.map((inner) => {
        count += 1;
        return {
          ...inner,
          name: inner.name && `${inner.name}${count}`,
          path: `${inner.path}${count}`,
        };
      }),
    })),
  };
}

function nestedForm({ services, consumers, groupPlugins }: Gateway) {
  return {
    ...HEAD,
    services: services.map(({ name, host, routes, plugins: own }) => ({
      name,
      host,
      plugins: own,
      routes: routes.map((inner) => ({
        ...(inner.name === undefined ? {} : { name: inner.name }),
        paths: [`/${inner.path}`],
        // A plugin of a route without a name cannot be told of in the flat form.
        plugins: inner.name === undefined ? [] : inner.plugins,
      })),
    })),
    consumer_groups: [{ name: "all", plugins: groupPlugins }],
    consumers: consumers.map(({ username, key, grouped, plugins: own }) => ({
      username,
      groups: grouped ? [{ name: "all" }] : [],
      keyauth_credentials: [{ key: key + username }],
      plugins: own,
    })),
  };
}

function flatForm({ services, consumers, groupPlugins }: Gateway, byRecord: boolean) {
  const to = (key: string, name: string) => (byRecord ? { [key]: name } : name);
  return {
    ...HEAD,
    services: services.map(({ name, host }) => ({ name, url: `http://${host}` })),
    routes: services.flatMap(({ name, routes }) =>
      routes.map((inner) => ({
        ...(inner.name === undefined ? {} : { name: inner.name }),
        paths: [`/${inner.path}`],
        service: to("name", name),
      })),
    ),
    consumers: consumers.map(({ username }) => ({ username })),
    consumer_groups: [
      {
        name: "all",
        consumers: consumers.flatMap(({ username, grouped }) => (grouped ? [{ username }] : [])),
      },
    ],
    keyauth_credentials: consumers.map(({ username, key }) => ({
      key: key + username,
      consumer: to("username", username),
    })),
    plugins: [
      ...services.flatMap(({ name, plugins: own, routes }) => [
        ...own.map((plugin) => ({ ...plugin, service: to("name", name) })),
        ...routes.flatMap((inner) =>
          inner.name === undefined
            ? []
            : inner.plugins.map((plugin) => ({ ...plugin, route: to("name", inner.name ?? "") })),
        ),
      ]),
      ...groupPlugins.map((plugin) => ({ ...plugin, consumer_group: to("name", "all") })),
      ...consumers.flatMap(({ username, plugins: own }) =>
        own.map((plugin) => ({ ...plugin, consumer: to("username", username) })),
      ),
    ],
  };
}

function canonical(form: unknown): Config {
  return configOf(stringify(form));
}

/** Order in the file means nothing: everything by its id. */
function configOf(text: string): Config {
  const result = load(text);
  if ("problems" in result) throw new Error(JSON.stringify(result.problems));
  const { config } = result;
  return {
    ...config,
    services: byId(config.services),
    routes: byId(config.routes),
    plugins: byId(config.plugins),
  };
}

function byId<T extends { readonly id: string }>(list: readonly T[]): readonly T[] {
  return [...list].sort((a, b) => a.id.localeCompare(b.id));
}
