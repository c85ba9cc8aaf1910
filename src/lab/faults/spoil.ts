import type { Asked } from "../dialect.ts";
import type { HttpRequest } from "../http/request.ts";
import type { Trait } from "../model-name.ts";
import { FAULT_MODELS, type FaultModel } from "../models.ts";
import type { Plan } from "../plan.ts";
import { cutFaults } from "./cuts.ts";
import { echoFaults } from "./echoes.ts";
import { encodingFaults } from "./encodings.ts";
import { errorFaults } from "./errors.ts";
import { framingFaults } from "./framing.ts";

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

const FAULTS = {
  ...errorFaults,
  ...echoFaults,
  ...cutFaults,
  ...framingFaults,
  ...encodingFaults,
} satisfies Record<FaultModel, Fault>;

/** Applies the faults of a model name from left to right. */
export function spoil(
  plan: Plan,
  traits: readonly Trait[],
  context: Omit<FaultContext, "number">,
): Plan {
  return traits.reduce((spoiled, { name, number }) => {
    return isFault(name) ? FAULTS[name](spoiled, { ...context, number }) : spoiled;
  }, plan);
}

function isFault(name: string): name is FaultModel {
  return Object.hasOwn(FAULT_MODELS, name);
}
