/**
 * A synchronous step of a stream: no promise per item. `push` takes one item and gives what became
 * ready; `end` gives what was still held. A stage that reads bytes holds the split law: however the
 * bytes are cut, the outputs joined are the same.
 */
export interface Stage<In, Out> {
  push(item: In): readonly Out[];
  end(): readonly Out[];
}
