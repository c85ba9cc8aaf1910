import type { Call } from "../../gateway/call/call.ts";
import type { RateLimitOptions } from "./options.ts";

/**
 * Whose counters a call is counted in; undefined where it is not counted at all. Who cannot be told
 * apart as configured is counted by address.
 */
export function ownerOf(
  call: Call,
  { identifier, header_name: headerName, path }: RateLimitOptions,
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
