import { Connection, type ConnectionOwner } from "./connection.ts";
import type { Exchange } from "./exchange.ts";
import type { TargetUrl } from "./request-bytes.ts";

/** Idle connections that are kept for one origin: as many as one second of many callers needs. */
const MAX_IDLE_PER_ORIGIN = 256;

/** How long a connection without an exchange is kept: less than what servers commonly allow. */
const MAX_IDLE_MS = 50_000;
const SWEEP_MS = 5_000;

/** Connections to upstreams, kept between exchanges. */
export interface ConnectionPool {
  /** Sends on an idle connection where there is one; tells whether there was. */
  sendPooled(url: TargetUrl, exchange: Exchange): boolean;
  /** Sends on a connection of its own, which is pooled when the exchange is over. */
  sendAfresh(url: TargetUrl, exchange: Exchange): void;
}

export function connectionPool(): ConnectionPool {
  const idle = new Map<string, Connection[]>();
  let sweeper: ReturnType<typeof setInterval> | undefined;

  const owner: ConnectionOwner = {
    idle(connection) {
      connection.idleSinceMs = performance.now();
      sweeper ??= setInterval(sweep, SWEEP_MS).unref();
      const { origin } = connection.url;
      const list = idle.get(origin);
      if (!list) idle.set(origin, [connection]);
      else if (list.length < MAX_IDLE_PER_ORIGIN) list.push(connection);
      else connection.destroy();
    },
    closed(connection) {
      const { origin } = connection.url;
      const list = idle.get(origin);
      const at = list?.indexOf(connection) ?? -1;
      if (!list || at < 0) return;
      list.splice(at, 1);
      if (list.length === 0) idle.delete(origin);
    },
  };

  /** One timer for all: setting one on a socket costs each call as much as sending does. */
  function sweep(): void {
    const before = performance.now() - MAX_IDLE_MS;
    for (const [origin, list] of idle) {
      for (const connection of [...list]) if (connection.idleSinceMs < before) connection.destroy();
      // Calls take the last one and leave the list.
      if (list.length === 0) idle.delete(origin);
    }
    if (idle.size > 0) return;
    clearInterval(sweeper);
    sweeper = undefined;
  }

  return {
    sendPooled(url, exchange) {
      const connection = idle.get(url.origin)?.pop();
      if (!connection) return false;
      exchange.on(connection);
      connection.carry(exchange);
      return true;
    },
    sendAfresh(url, exchange) {
      const connection = new Connection(url, owner);
      exchange.on(connection);
      connection.open(exchange);
    },
  };
}
