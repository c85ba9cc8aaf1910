import { createClient, createCluster, createSentinel, ErrorReply, RESP_TYPES } from "@redis/client";
import { type RedisOptions, topologyOf } from "./redis-options.ts";

export type RedisArgument = string | Buffer;
/** Strings come as bytes: what is kept need not be text. */
export type RedisReply = null | number | string | Buffer | Error | readonly RedisReply[];

/** A server, sentinels or a cluster, asked alike; made for one use and thrown away once something is amiss. */
export interface RedisClient {
  connect(): Promise<unknown>;
  /** A cluster asks the node that has `key`. */
  send(key: string, command: readonly RedisArgument[]): Promise<RedisReply>;
  /** At once; what is awaited rejects. */
  destroy(): void;
}

/** Whether the server itself said so: then the connection is in order. */
export function isServersError(error: unknown): boolean {
  return error instanceof ErrorReply;
}

/** Commands that wait to be sent or answered; more are refused. */
const LONGEST_QUEUE = 10_000;

export function createRedisClient(options: RedisOptions): RedisClient {
  const topology = topologyOf(options);
  const { username, password } = options;
  const common = {
    RESP: 2,
    commandsQueueMaxLength: LONGEST_QUEUE,
    disableClientInfo: true,
    ...(password && { password, ...(username && { username }) }),
  } as const;
  const commandOptions = { typeMapping: { [RESP_TYPES.BLOB_STRING]: Buffer } };
  switch (topology.kind) {
    case "server": {
      const socket = { ...socketOptions(options), ...topology.address };
      const { database } = options;
      const client = createClient({ ...common, database, socket, commandOptions });
      client.on("error", toldByCommands);
      return {
        connect: () => client.connect(),
        send: (_, command) => client.sendCommand<RedisReply>(command),
        destroy: () => client.destroy(),
      };
    }
    case "cluster": {
      const socket = socketOptions(options);
      const cluster = createCluster({
        RESP: 2,
        rootNodes: topology.nodes.map((node) => ({ socket: node })),
        defaults: { ...common, socket },
        commandOptions,
        maxCommandRedirections: options.cluster_max_redirections,
      });
      cluster.on("error", toldByCommands);
      return {
        connect: () => cluster.connect(),
        send: (key, command) => cluster.sendCommand<RedisReply>(key, false, [...command]),
        destroy: () => cluster.destroy(),
      };
    }
    case "sentinel": {
      const { sentinel_username, sentinel_password, database } = options;
      const socket = socketOptions(options);
      const sentinel = createSentinel({
        RESP: 2,
        name: topology.master,
        sentinelRootNodes: [...topology.sentinels],
        replicaPoolSize: topology.isReplicaEnough ? 1 : 0,
        nodeClientOptions: { ...common, database, socket },
        commandOptions,
        sentinelClientOptions: {
          socket,
          ...(sentinel_password && {
            password: sentinel_password,
            ...(sentinel_username && { username: sentinel_username }),
          }),
        },
      });
      sentinel.on("error", toldByCommands);
      return {
        connect: () => sentinel.connect(),
        send: (_, command) => sentinel.sendCommand<RedisReply>(false, [...command]),
        destroy: () => sentinel.destroy(),
      };
    }
  }
}

/** Whoever waits for an answer is told: the event would only end the process if nobody listened. */
function toldByCommands(): void {}

function socketOptions(options: RedisOptions) {
  const { ssl, ssl_verify, server_name } = options;
  const connectTimeout = options.timeout ?? options.connect_timeout;
  // Whoever uses the client makes another one.
  const common = { connectTimeout, reconnectStrategy: false } as const;
  if (!ssl) return common;
  return {
    ...common,
    tls: true,
    rejectUnauthorized: ssl_verify,
    ...(server_name && { servername: server_name }),
  } as const;
}
