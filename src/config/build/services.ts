import type { z } from "zod";
import { DEFAULT_SERVICE_TIMEOUT_MS, type Route, type Service } from "../../routing/entities.ts";
import type { Reading } from "../file/read-value.ts";
import type { routeSchema } from "../schemas/route.ts";
import type { serviceSchema } from "../schemas/service.ts";
import { type Collection, checkReference, collect, type Entity } from "./collection.ts";
import type { Entries } from "./flatten.ts";
import { servedRouteSchema, servedServiceSchema } from "./unbuilt.ts";

type ServiceFields = z.output<typeof serviceSchema>;
type RouteFields = z.output<typeof routeSchema>;

export interface Upstreams {
  readonly services: Collection<ServiceFields>;
  readonly routes: Collection<RouteFields>;
  readonly built: { readonly services: readonly Service[]; readonly routes: readonly Route[] };
}

export function buildServices(entries: Entries, reading: Reading): Upstreams {
  const services = collect(
    {
      list: "services",
      schema: servedServiceSchema,
      keys: ["name"],
      identity: ({ routes: _routes, plugins: _plugins, ...own }) => [JSON.stringify(own)],
    },
    entries.of("services"),
    reading,
  );
  const routes = collect(
    {
      list: "routes",
      schema: servedRouteSchema,
      keys: ["name"],
      identity: ({ plugins: _plugins, service, ...own }, entry) => [
        entry.owner === undefined
          ? service && services.peek(service)?.id
          : services.ofEntry(entry.owner.entry)?.id,
        JSON.stringify(own),
      ],
    },
    entries.of("routes"),
    reading,
  );
  for (const entry of entries.of("routes")) {
    if (routes.ofEntry(entry) === undefined) checkReference(entry, "service", services);
  }
  const built = new Map(services.all.map((entity) => [entity.id, toService(entity)]));
  return {
    services,
    routes,
    built: {
      services: [...built.values()],
      routes: routes.all.map((entity) => {
        const service = serviceOf(entity, services, reading);
        return toRoute(entity, service && built.get(service.id));
      }),
    },
  };
}

function serviceOf(
  { entry, fields }: Entity<RouteFields>,
  services: Collection<ServiceFields>,
  { report }: Reading,
): Entity<ServiceFields> | undefined {
  const owner = entry.owner && services.ofEntry(entry.owner.entry);
  if (fields.service === undefined) return owner;
  const path = [...entry.path, "service"];
  const named = services.find(fields.service, path);
  if (owner !== undefined && named !== undefined && owner !== named) {
    report.add({ path, message: "names another service than the one it stands in" });
  }
  return named;
}

function toService({ id, fields }: Entity<ServiceFields>): Service {
  const { name } = fields;
  return {
    id,
    ...(name === undefined ? {} : { name }),
    ...destination(fields),
    connectTimeoutMs: fields.connect_timeout,
    headersTimeoutMs: headersTimeoutMs(fields),
    readTimeoutMs: fields.read_timeout,
    retries: fields.retries,
    enabled: fields.enabled,
    tags: fields.tags,
  };
}

/** A `write_timeout` that nobody has set does not lengthen a short `read_timeout`. */
function headersTimeoutMs({ read_timeout: readMs, write_timeout: writeMs }: ServiceFields): number {
  return writeMs === DEFAULT_SERVICE_TIMEOUT_MS ? readMs : Math.max(readMs, writeMs);
}

function destination(fields: ServiceFields): Pick<Service, "protocol" | "host" | "port" | "path"> {
  if (fields.url === undefined) {
    const { protocol = "http", host = "", path } = fields;
    const port = fields.port ?? defaultPort(protocol);
    return { protocol, host, port, ...(path === undefined ? {} : { path }) };
  }
  const url = new URL(fields.url);
  const protocol = url.protocol.slice(0, -1);
  const path = url.pathname === "/" ? fields.path : url.pathname;
  return {
    protocol,
    host: url.hostname,
    port: url.port === "" ? defaultPort(protocol) : Number(url.port),
    ...(path === undefined ? {} : { path }),
  };
}

function defaultPort(protocol: string): number {
  return protocol === "https" || protocol === "wss" ? 443 : 80;
}

function toRoute({ id, fields }: Entity<RouteFields>, service: Service | undefined): Route {
  return {
    id,
    ...(fields.name === undefined ? {} : { name: fields.name }),
    protocols: fields.protocols,
    methods: fields.methods,
    hosts: fields.hosts,
    paths: fields.paths,
    headers: Object.fromEntries(
      Object.entries(fields.headers).map(([name, values]) => [name.toLowerCase(), values]),
    ),
    stripPath: fields.strip_path,
    preserveHost: fields.preserve_host,
    pathHandling: fields.path_handling,
    regexPriority: fields.regex_priority,
    httpsRedirectStatusCode: fields.https_redirect_status_code,
    ...(fields.snis === undefined ? {} : { snis: fields.snis }),
    tags: fields.tags,
    ...(service === undefined ? {} : { service }),
  };
}
