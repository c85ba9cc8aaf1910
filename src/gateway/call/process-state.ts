import type { LocalModel } from "../../embeddings/local-model.ts";
import type { aiMetrics } from "../../telemetry/ai-metrics.ts";
import type { GatewayMetrics, httpMetrics } from "../../telemetry/gateway-metrics.ts";
import type { AnswerStores } from "./answer-stores.ts";
import type { BodyBudget } from "./body-budget.ts";
import type { Deadlines } from "./clocks.ts";
import type { KeptState } from "./kept-state.ts";
import type { OperatorLog } from "./operator-log.ts";
import type { Send } from "./upstream.ts";

/**
 * All that the calls of a process share, whichever configuration serves them: made once, where the
 * process begins (`createProcessState`), and handed down. Another one beside it knows nothing of it.
 */
export interface ProcessState {
  readonly metrics: ProcessMetrics;
  readonly operatorLog: OperatorLog;
  /** All that is awaited: by calls, of clients and of upstreams. */
  readonly deadlines: Deadlines;
  /** What request bodies may hold together. */
  readonly bodyBudget: BodyBudget;
  /** What a reload keeps: what was learnt of targets, and open log files. */
  readonly kept: KeptState;
  /** Answers that plugins keep, for whoever runs the gateway. */
  readonly answerStores: AnswerStores;
  /** The embedding model inside the package; nothing of it is read before it is asked. */
  readonly localModel: LocalModel;
  /** Reaches upstreams, on connections that are kept between calls. */
  readonly send: Send;
}

export interface ProcessMetrics extends GatewayMetrics {
  /** Counts a closed call under the names of the reference. */
  readonly recordHttp: ReturnType<typeof httpMetrics>;
  readonly recordAi: ReturnType<typeof aiMetrics>;
  /** All that has been counted, in Prometheus' text format. */
  text(): string;
}
