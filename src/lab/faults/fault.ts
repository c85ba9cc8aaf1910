import type { Asked } from "../dialect.ts";
import type { HttpRequest } from "../http/request.ts";
import type { Plan } from "../plan.ts";

/** What a fault may ask about the call it spoils. */
export interface FaultContext {
  readonly request: HttpRequest;
  readonly asked: Asked;
  readonly streaming: boolean;
  /** The number in the model name, as 50 in `slow-50`. */
  readonly number: number | undefined;
  /** 1 for the first call with this model name. */
  readonly occurrence: number;
  readonly now: () => number;
}

export type Fault = (plan: Plan, context: FaultContext) => Plan;
