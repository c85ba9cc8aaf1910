import type { Call } from "../gateway/call/call.ts";

/** What callers are told apart by, in the words of every plugin that counts them. */
export const LIMIT_IDENTIFIERS = [
  "consumer",
  "credential",
  "ip",
  "service",
  "header",
  "path",
  "consumer-group",
] as const;

export interface OwnerOptions {
  readonly identifier: (typeof LIMIT_IDENTIFIERS)[number];
  readonly header_name?: string | undefined;
  readonly path?: string | undefined;
}

/**
 * Whose counters a call is counted in; undefined where it is not counted at all. Who cannot be told
 * apart as configured is counted by address. `group` is what the plugin's instance is scoped to.
 */
export function ownerOf(
  call: Call,
  { identifier, header_name: headerName, path }: OwnerOptions,
  group: string | undefined,
): string | undefined {
  const { clientIp, authenticatedEntity } = call.record;
  switch (identifier) {
    case "consumer":
      return call.consumer?.id ?? authenticatedEntity?.id ?? clientIp;
    case "credential":
      return authenticatedEntity?.id ?? clientIp;
    case "ip":
      return clientIp;
    case "service":
      return call.service?.id ?? clientIp;
    case "header":
      return call.request.headers.get(headerName ?? "") ?? clientIp;
    case "path":
      return call.request.path === path ? path : undefined;
    case "consumer-group":
      return group !== undefined && call.consumer?.groups.includes(group) ? group : clientIp;
  }
}
