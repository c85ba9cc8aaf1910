/** What a `<redis>` group of a configuration says. */
export interface RedisOptions {
  readonly host: string;
  readonly port: number | string;
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  readonly database: number;
  readonly ssl: boolean;
  readonly ssl_verify: boolean;
  readonly server_name?: string | undefined;
  /** The older name of the three that follow. */
  readonly timeout?: number | undefined;
  readonly connect_timeout: number;
  readonly send_timeout: number;
  readonly read_timeout: number;
  /** Behind a proxy only `host` and `port` are used. */
  readonly connection_is_proxied: boolean;
  readonly cluster_nodes?: readonly { readonly ip: string; readonly port: number }[] | undefined;
  readonly cluster_addresses?: readonly string[] | undefined;
  readonly cluster_max_redirections: number;
  readonly sentinel_nodes?: readonly { readonly host: string; readonly port: number }[] | undefined;
  readonly sentinel_addresses?: readonly string[] | undefined;
  readonly sentinel_master?: string | undefined;
  readonly sentinel_role?: "master" | "slave" | "any" | undefined;
  readonly sentinel_username?: string | undefined;
  readonly sentinel_password?: string | undefined;
  readonly cloud_authentication?:
    | { readonly auth_provider?: "aws" | "azure" | "gcp" | undefined }
    | undefined;
}

export interface RedisAddress {
  readonly host: string;
  readonly port: number;
}

/** Where the servers are: one, those that know the master, or nodes of a cluster. */
export type RedisTopology =
  | { readonly kind: "server"; readonly address: RedisAddress }
  | {
      readonly kind: "sentinel";
      readonly sentinels: readonly RedisAddress[];
      readonly master: string;
      readonly isReplicaEnough: boolean;
    }
  | { readonly kind: "cluster"; readonly nodes: readonly RedisAddress[] };

/** Throws a sentence where the options contradict each other or ask for what there is not. */
export function topologyOf(options: RedisOptions): RedisTopology {
  const cloud = options.cloud_authentication?.auth_provider;
  if (cloud) {
    throw new Error(
      `redis.cloud_authentication.auth_provider: tokens of ${cloud} are not supported; use a password`,
    );
  }
  const server: RedisTopology = {
    kind: "server",
    address: { host: options.host, port: Number(options.port) },
  };
  if (options.connection_is_proxied) return server;
  const nodes =
    options.cluster_nodes?.map(({ ip, port }) => ({ host: ip, port })) ??
    options.cluster_addresses?.map(address);
  const sentinels = options.sentinel_nodes ?? options.sentinel_addresses?.map(address);
  if (nodes && sentinels) {
    throw new Error("redis: cluster_nodes and sentinel_nodes exclude each other; keep one");
  }
  if (nodes) return { kind: "cluster", nodes };
  if (!sentinels) return server;
  const { sentinel_master: master, sentinel_role: role } = options;
  if (!master || !role) {
    throw new Error("redis: sentinel_nodes needs sentinel_master and sentinel_role beside it");
  }
  return { kind: "sentinel", sentinels, master, isReplicaEnough: role !== "master" };
}

/** `host:port`, the host of an IPv6 address in brackets. */
function address(text: string): RedisAddress {
  const [, host = "", port = ""] = /^\[?(.*?)\]?(?::(\d+))?$/.exec(text) ?? [];
  return { host, port: port === "" ? 6379 : Number(port) };
}
