import type { AdminAnswerer } from "../admin/admin-answers.ts";
import { type ConfigAccess, startAdminListener, startAdminServer } from "../admin/admin-server.ts";
import type { Gateway } from "../app.ts";
import type { Certificate, Config } from "../config/config.ts";
import type { EnvironmentSettings, KeyPair } from "../config/environment/environment.ts";
import type { Listen } from "../config/environment/parse-setting.ts";
import type { OperatorLog } from "../gateway/call/operator-log.ts";
import { createFindOrigin } from "../server/client-origin.ts";
import {
  type ServerCertificate,
  type ServerOptions,
  startGatewayServer,
} from "../server/gateway-server.ts";
import { kongHeaders } from "../server/kong-headers.ts";
import { readAddress } from "./command.ts";
import { ListenError, listening } from "./listening.ts";

/** What all proxy listeners of a process have in common. */
export type Shared = Pick<
  ServerOptions,
  "allowDebugHeader" | "bodyLimitBytes" | "findOrigin" | "kongHeaders" | "onCall" | "reusePort"
>;

export interface Wanted {
  readonly proxies: readonly Listen[];
  readonly admins: readonly Listen[];
  readonly shared: Shared;
  /** For listeners that speak TLS; the first serves names that none is for. */
  readonly certificates: readonly ServerCertificate[];
}

export interface ServingState {
  gateway(): Gateway;
  notReady(): string | undefined;
  readonly configAccess: ConfigAccess;
}

export const PROXY = "127.0.0.1:8000";
export const ADMIN = "127.0.0.1:8001";

/** Where calls are taken: the flag's address, or else all that the environment lists. */
export function proxyListens(flag: string | undefined, settings: EnvironmentSettings) {
  if (flag === undefined && settings.proxyListen) return settings.proxyListen;
  return [plain(flag ?? PROXY)];
}

/** Where the gateway's state is told. The reference's admin and status listeners are one kind here. */
export function adminListens(flag: string | undefined, settings: EnvironmentSettings) {
  const { adminListen, statusListen } = settings;
  if (flag !== undefined || (!adminListen && !statusListen)) return [plain(flag ?? ADMIN)];
  return [...(adminListen ?? []), ...(statusListen ?? [])];
}

function plain(address: string): Listen {
  const { hostname, port } = readAddress(address);
  return { host: hostname, port, tls: false, http2: false };
}

export function sharedOptions(settings: EnvironmentSettings): Shared {
  const { trustedIps, headers, bodyLimitBytes } = settings;
  return {
    allowDebugHeader: settings.allowDebugHeader ?? false,
    ...(bodyLimitBytes !== undefined && { bodyLimitBytes }),
    ...(headers && { kongHeaders: kongHeaders(headers) }),
    ...(trustedIps && {
      findOrigin: createFindOrigin({
        trustedIps,
        realIpHeader: settings.realIpHeader ?? "X-Real-IP",
        realIpRecursive: settings.realIpRecursive ?? false,
      }),
    }),
  };
}

/** The certificate for all names first: one that says so, or else the environment's. */
export function serverCertificates(
  { certificates }: Pick<Config, "certificates">,
  ofEnvironment: KeyPair | undefined,
): readonly ServerCertificate[] {
  const named = certificates.flatMap((certificate) =>
    certificate.serverNames
      .filter((name) => name !== "*")
      .map((serverName) => ({ ...shown(certificate), serverName })),
  );
  const forAll = certificates.filter(
    ({ serverNames }) => serverNames.length === 0 || serverNames.includes("*"),
  );
  const [first] = [...forAll, ...(ofEnvironment ? [ofEnvironment] : [])];
  return [...(first ? [shown(first)] : []), ...named];
}

/** With keys of two kinds, a client is shown what it takes. */
function shown({ cert, key, alternate }: Pick<Certificate, "cert" | "key" | "alternate">) {
  if (alternate === undefined) return { cert, key };
  return { cert: [cert, alternate.cert], key: [key, alternate.key] };
}

/** All listeners, or none: throws `ListenError` for the first that cannot be. */
export async function openListeners(wanted: Wanted, state: ServingState) {
  const proxies: ProxyListener[] = [];
  const admins: AdminListener[] = [];
  try {
    proxies.push(...(await openProxies(wanted, state)));
    for (const listen of wanted.admins) {
      const { notReady, configAccess } = state;
      const { processState } = state.gateway();
      const start = (at: Address) =>
        startAdminServer({ ...at, processState, notReady, configAccess });
      admins.push(await openAdmin(listen, start));
    }
    return { proxies, admins };
  } catch (error) {
    await Promise.all([...proxies.map((one) => one.stop(0)), ...admins.map((one) => one.stop())]);
    throw error;
  }
}

type ProxyListener = ReturnType<typeof startGatewayServer>;
type AdminListener = Awaited<ReturnType<typeof startAdminListener>>;

/** All listeners that take calls, or none. */
export async function openProxies(
  { proxies: listens, ...wanted }: Omit<Wanted, "admins">,
  state: Pick<ServingState, "gateway">,
): Promise<readonly ProxyListener[]> {
  const proxies: ProxyListener[] = [];
  try {
    if (listens.length === 0) throw new ListenError("KONG_PROXY_LISTEN is off");
    for (const listen of listens) proxies.push(await openProxy(listen, wanted, state));
    return proxies;
  } catch (error) {
    await Promise.all(proxies.map((one) => one.stop(0)));
    throw error;
  }
}

interface AdminsWanted {
  readonly operatorLog: OperatorLog;
  /** Opens what only its holder may ask. */
  readonly token: string | undefined;
  answerAt(address: Address): AdminAnswerer;
}

/** All listeners that tell of the whole, or none; each is answered as its address allows. */
export async function openAdmins(
  listens: readonly Listen[],
  { operatorLog, token, answerAt }: AdminsWanted,
): Promise<readonly AdminListener[]> {
  const admins: AdminListener[] = [];
  try {
    for (const listen of listens) {
      const start = (at: Address) =>
        startAdminListener({ ...at, operatorLog, token, answer: answerAt(at) });
      admins.push(await openAdmin(listen, start));
    }
    return admins;
  } catch (error) {
    await Promise.all(admins.map((one) => one.stop()));
    throw error;
  }
}

async function openProxy(
  listen: Listen,
  { shared, certificates }: Pick<Wanted, "shared" | "certificates">,
  { gateway }: Pick<ServingState, "gateway">,
) {
  const { tls, http2 } = listen;
  if (tls && certificates.length === 0) {
    const remedy = "set KONG_SSL_CERT and KONG_SSL_CERT_KEY, or list certificates in the file";
    throw new ListenError(
      `${listen.host}:${listen.port} speaks TLS without a certificate: ${remedy}`,
    );
  }
  const at = addressOf(listen);
  return listening({ ...at, option: "--listen" }, () =>
    startGatewayServer({ ...at, ...shared, gateway, http2, ...(tls && { certificates }) }),
  );
}

async function openAdmin(listen: Listen, start: (at: Address) => Promise<AdminListener>) {
  if (listen.tls) {
    const remedy = "leave out `ssl` in KONG_ADMIN_LISTEN and KONG_STATUS_LISTEN";
    throw new ListenError(`TLS on the admin listener is not built yet: ${remedy}`);
  }
  const at = addressOf(listen);
  return listening({ ...at, option: "--admin" }, () => start(at));
}

export interface Address {
  readonly hostname: string;
  readonly port: number;
}

export function addressOf({ host, port }: Pick<Listen, "host" | "port">): Address {
  return { hostname: host.replace(/^\[(.*)\]$/, "$1"), port };
}
