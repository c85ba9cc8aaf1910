import type { Consumer, Route } from "../../routing/entities.ts";
import { indexPlugins } from "../../routing/plugin-order.ts";
import type { Call, Layer, Next, Preview } from "./call.ts";
import type { Reply } from "./reply.ts";

/** Choices that are kept, of all routes and consumers together: they may be thousands by thousands. */
const MAX_CHOSEN = 10_000;

/**
 * Composes plugin instances round a centre: the highest priority outermost, one instance per plugin
 * name, the most specific for the call. Which instances apply is looked up again when a plugin has
 * recognised the consumer, for the plugins that come after it.
 */
export function onion<Instance extends Layer>(instances: readonly Instance[], centre: Next) {
  const index = indexPlugins(instances);
  const chosen = new Map<Route | undefined, Map<string, readonly Instance[]>>();
  let chosenCount = 0;

  /** The instances that apply, outermost first; the log plugins among them too. */
  function select(route: Route | undefined, consumer: Consumer | undefined): readonly Instance[] {
    const ofRoute = chosen.get(route) ?? new Map<string, readonly Instance[]>();
    const cached = ofRoute.get(consumer?.id ?? "");
    if (cached) return cached;
    const service = route?.service;
    if (chosenCount >= MAX_CHOSEN) {
      chosen.clear();
      ofRoute.clear();
      chosenCount = 0;
    }
    chosenCount += 1;
    const selected = index.select({
      ...(route && { route }),
      ...(service && { service }),
      ...(consumer && { consumer }),
    });
    ofRoute.set(consumer?.id ?? "", selected);
    chosen.set(route, ofRoute);
    return selected;
  }

  function run(call: Call, layers: readonly Instance[], position: number): Promise<Reply> {
    for (let at = position; at < layers.length; at++) {
      const layer = layers[at];
      if (!layer?.handle) continue;
      return layer.handle(call, (inner) => inwards(inner, call, layers, at + 1), layers);
    }
    return centre(call);
  }

  function inwards(
    inner: Call,
    outer: Call,
    layers: readonly Instance[],
    position: number,
  ): Promise<Reply> {
    if (inner.consumer === outer.consumer) return run(inner, layers, position);
    const passed = layers[position - 1];
    const again = select(inner.route, inner.consumer);
    const resumeAt = again.findIndex((layer) => passed && index.isInside(layer, passed));
    return run(previewing(inner, again), again, resumeAt < 0 ? again.length : resumeAt);
  }

  return {
    select,
    handle(call: Call): Promise<Reply> {
      const layers = select(call.route, call.consumer);
      return run(previewing(call, layers), layers, 0);
    },
  };
}

/** The call, with the preview of the instance that has one. */
function previewing(call: Call, layers: readonly Layer[]): Call {
  let preview: Preview | undefined;
  for (const layer of layers) preview ??= layer.preview;
  return preview === call.preview ? call : withPreview(call, preview);
}

function withPreview({ preview: _, ...call }: Call, preview: Preview | undefined): Call {
  return preview ? { ...call, preview } : call;
}
