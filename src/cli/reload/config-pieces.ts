import type {
  Certificate,
  Config,
  ConsumerGroup,
  Credential,
  PluginInstance,
} from "../../config/config.ts";
import type { PluginDefinition } from "../../plugins/define-plugin.ts";
import type { Consumer, Route, Service } from "../../routing/entities.ts";
import type { Steps } from "../../routing/plugin-order.ts";

/** What travels of a configuration: no functions, and no entity twice. */
interface Sent {
  services: Service;
  routes: Omit<Route, "service"> & { readonly serviceId?: string };
  consumers: Consumer;
  consumerGroups: ConsumerGroup;
  credentials: Credential;
  plugins: Omit<PluginInstance, "definition">;
  certificates: Certificate;
}

type List = keyof Sent;

/** Some entities of one kind: few enough to be received without keeping anybody waiting. */
export type ConfigPiece = {
  [L in List]: { readonly list: L; readonly items: readonly Sent[L][] };
}[List];

const PIECE_LENGTH = 200;

/** A configuration in pieces that can be sent to another thread; services come before their routes. */
export function* configPieces(config: Config): Generator<ConfigPiece, undefined> {
  for (const items of sliced(config.services)) yield { list: "services", items };
  for (const items of sliced(config.routes)) yield { list: "routes", items: items.map(sentRoute) };
  for (const items of sliced(config.consumers)) yield { list: "consumers", items };
  for (const items of sliced(config.consumerGroups)) yield { list: "consumerGroups", items };
  for (const items of sliced(config.credentials)) yield { list: "credentials", items };
  for (const items of sliced(config.plugins)) {
    yield { list: "plugins", items: items.map(({ definition: _, ...rest }) => rest) };
  }
  for (const items of sliced(config.certificates)) yield { list: "certificates", items };
}

/** Puts pieces together again, with the plugins' definitions of this thread. */
export function configAssembly(definitions: readonly PluginDefinition[]) {
  const services = new Map<string, Service>();
  const byName = new Map(definitions.map((definition) => [definition.name, definition]));
  const routes: Route[] = [];
  const consumers: Consumer[] = [];
  const consumerGroups: ConsumerGroup[] = [];
  const credentials: Credential[] = [];
  const plugins: PluginInstance[] = [];
  const certificates: Certificate[] = [];
  return {
    add(piece: ConfigPiece): void {
      switch (piece.list) {
        case "services":
          for (const service of piece.items) services.set(service.id, service);
          return;
        case "routes":
          routes.push(...piece.items.map((route) => received(route, services)));
          return;
        case "consumers":
          consumers.push(...piece.items);
          return;
        case "consumerGroups":
          consumerGroups.push(...piece.items);
          return;
        case "credentials":
          credentials.push(...piece.items);
          return;
        case "plugins":
          plugins.push(...piece.items.map((plugin) => defined(plugin, byName)));
          return;
        case "certificates":
          certificates.push(...piece.items);
          return;
      }
    },
    config: (warnings: Config["warnings"]): Config => ({
      services: [...services.values()],
      routes,
      consumers,
      consumerGroups,
      credentials,
      plugins,
      certificates,
      warnings,
    }),
  };
}

function sentRoute({ service, ...route }: Route): Sent["routes"] {
  return service ? { ...route, serviceId: service.id } : route;
}

function received(
  { serviceId, ...route }: Sent["routes"],
  services: ReadonlyMap<string, Service>,
): Route {
  const service = serviceId === undefined ? undefined : services.get(serviceId);
  return service ? { ...route, service } : route;
}

function defined(
  plugin: Sent["plugins"],
  definitions: ReadonlyMap<string, PluginDefinition>,
): PluginInstance {
  const definition = definitions.get(plugin.name);
  if (!definition) throw new Error(`no plugin is called ${plugin.name}`);
  return { ...plugin, definition };
}

function* sliced<Item>(items: readonly Item[]): Generator<readonly Item[], undefined> {
  for (let at = 0; at < items.length; at += PIECE_LENGTH) {
    yield items.slice(at, at + PIECE_LENGTH);
  }
}

/** How work is cut. */
export interface Slices {
  /** Milliseconds of work in a row. */
  readonly sliceMs: number;
  nowMs(): number;
  /** Resolves once everybody else has had a turn. */
  turn(): Promise<void>;
}

const SLICES: Slices = {
  sliceMs: 10,
  nowMs: () => performance.now(),
  turn: () => new Promise((resolve) => setImmediate(resolve)),
};

/**
 * Runs steps to their end, and lets others have a turn whenever a slice of time is used up. An aborted
 * signal ends the steps where they are; what they hold by then is theirs to let go.
 */
export async function inSlices<Result>(
  steps: Steps<Result>,
  signal: AbortSignal,
  { sliceMs, nowMs, turn }: Slices = SLICES,
): Promise<Result> {
  let until = nowMs() + sliceMs;
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
    if (nowMs() < until) continue;
    await turn();
    if (signal.aborted) {
      steps.throw(signal.reason);
      throw signal.reason;
    }
    until = nowMs() + sliceMs;
  }
}
