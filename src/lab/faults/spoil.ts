import { FAULT_MODELS, type FaultModel, type Trait } from "../models.ts";
import type { Fault, FaultContext, Plan } from "../plan.ts";
import { cutFaults } from "./cuts.ts";
import { echoFaults, encodingFaults, errorFaults } from "./errors.ts";
import { framingFaults } from "./framing.ts";

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
