import type { Problem } from "../../config/config.ts";
import type { Origin } from "../read-config.ts";
import type { ConfigPiece } from "./config-pieces.ts";

/** To the thread that reads a configuration: what to read, and that there is room for another piece. */
export type ToReader =
  | { readonly type: "read"; readonly origin: Origin }
  | { readonly type: "more" };

/** From it: a configuration piece by piece, or why there is none. */
export type FromReader =
  | { readonly type: "piece"; readonly piece: ConfigPiece }
  | { readonly type: "whole"; readonly problems: readonly Problem[] }
  | { readonly type: "refused"; readonly problems: readonly Problem[] }
  | { readonly type: "failed"; readonly reason: string };
