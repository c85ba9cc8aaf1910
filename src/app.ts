import { GatewayError } from "./chat/error.ts";
import type { Config, PluginInstance } from "./config/config.ts";
import type { Call } from "./gateway/call/call.ts";
import { onion } from "./gateway/call/onion.ts";
import type { ProcessState } from "./gateway/call/process-state.ts";
import { type Clocks, DEFAULT_CLOCKS } from "./gateway/call/upstream.ts";
import { proxyToService } from "./gateway/proxy/proxy-to-service.ts";
import type { Plugin } from "./plugins/define-plugin.ts";
import type { Route } from "./routing/entities.ts";
import { inOneGo } from "./routing/plugin-order.ts";
import { type Router, routerSteps } from "./routing/router.ts";
import { type CallRecord, publish, type Sink } from "./telemetry/call-record.ts";

/** One generation of configuration, ready to serve. Built whole, then swapped in. */
export type Gateway = ReturnType<typeof createGateway>;

/** Throws when a plugin cannot be created as configured. */
export function createGateway(
  config: Config,
  processState: ProcessState,
  clocks: Clocks = DEFAULT_CLOCKS,
) {
  return inOneGo(gatewaySteps(config, processState, clocks));
}

/** The same, with a pause offered after each plugin and route. What was begun and is given up closes. */
export function* gatewaySteps(
  config: Config,
  processState: ProcessState,
  clocks: Clocks = DEFAULT_CLOCKS,
) {
  const instances: Instance[] = [];
  try {
    for (const instance of config.plugins) {
      instances.push(started(instance, config, processState));
      yield;
    }
    const routes = config.routes.filter(({ service }) => service?.enabled !== false);
    const router = yield* routerSteps(routes);
    return serving(config, { processState, clocks, instances, routes, router });
  } catch (error) {
    for (const { plugin } of instances) void plugin.close?.();
    throw error;
  }
}

type Instance = ReturnType<typeof started>;

interface Parts {
  readonly processState: ProcessState;
  readonly clocks: Clocks;
  readonly instances: readonly Instance[];
  /** Those that are served: a service that is off takes its routes with it. */
  readonly routes: readonly Route[];
  readonly router: Router;
}

function serving(config: Config, parts: Parts) {
  const { processState, clocks, instances, routes, router } = parts;
  const consumers = new Map(config.consumers.map((consumer) => [consumer.id, consumer]));
  const layers = onion(instances, centre);
  const selected = (route: Route | undefined, consumer?: CallRecord["consumer"]) =>
    layers.select(route, consumer && consumers.get(consumer.id));
  /** By what was selected, which is the same array for the same scope. */
  const sinksOf = new WeakMap<object, readonly Sink[]>();
  let calls = 0;
  let onLastCall: (() => void) | undefined;
  const close = async () => {
    await Promise.all(instances.map(({ plugin }) => plugin.close?.()));
  };
  return {
    config,
    processState,
    clocks,
    routes,
    match: router.match,
    handle: layers.handle,
    /** The plugin instances that apply to a route, and to a consumer who was recognised, outermost first. */
    plugins: selected,
    /** Shows a finished call to the log plugins that apply to it. */
    log(record: CallRecord, call: Pick<Call, "route"> | undefined): void {
      const applying = selected(call?.route, record.consumer);
      const sinks = sinksOf.get(applying) ?? applying.flatMap(({ plugin }) => plugin.log ?? []);
      sinksOf.set(applying, sinks);
      publish(record, sinks, (cause) => reportFailure(processState, record, cause));
    },
    /** A call has come in; it keeps this generation until it `leave`s. */
    enter(): void {
      calls += 1;
    },
    leave(): void {
      calls -= 1;
      if (calls === 0) onLastCall?.();
    },
    /** Calls that this generation still serves. */
    get calls(): number {
      return calls;
    },
    /** Lets queues drain. */
    close,
    /** Closes once the last call has left: another generation has taken this one's place. */
    async retire(): Promise<void> {
      if (calls > 0) {
        await new Promise<void>((resolve) => {
          onLastCall = resolve;
        });
      }
      await close();
    },
  };
}

function reportFailure(
  { metrics, operatorLog }: ProcessState,
  { requestId }: CallRecord,
  cause: unknown,
): void {
  metrics.logFailures.add(1);
  const reason = cause instanceof Error ? cause.message : String(cause);
  operatorLog.say("error", `a plugin could not log request ${requestId}: ${reason}`);
}

function started(
  instance: PluginInstance,
  { consumers, credentials }: Config,
  processState: ProcessState,
) {
  const { id, name, instanceName, scope, options, definition } = instance;
  const plugin: Plugin = definition.create(options, {
    id,
    processState,
    scope,
    consumers,
    credentials,
    ...(instanceName && { instanceName }),
  });
  return {
    name,
    scope,
    priority: definition.priority,
    plugin,
    ...(plugin.handle && { handle: plugin.handle }),
    ...(plugin.preview && { preview: plugin.preview }),
    ...(plugin.targets && { targets: plugin.targets }),
  };
}

/** The onion's centre: what a proxy plugin decided, else the route's own service. */
function centre(call: Call) {
  if (call.forward) return call.forward(call);
  if (call.service) return proxyToService(call, call.service);
  throw new GatewayError("unavailable", "no Service found with those values");
}
