/** Draws vectors of length 1, the same each time: in any direction, or near one, by how much is added to it. */
export function randomVectors(
  dimensions: number,
): (near?: Float32Array, added?: number) => Float32Array {
  let state = 1;
  const random = () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
  const direction = () => {
    const bell = () => random() + random() + random() + random() - 2;
    return ofLengthOne(Float32Array.from({ length: dimensions }, bell));
  };
  return (near, added = 1) => {
    const drawn = direction();
    if (!near) return drawn;
    return ofLengthOne(near.map((x, i) => x + added * (drawn[i] ?? 0)));
  };
}

function ofLengthOne(vector: Float32Array): Float32Array {
  const length = Math.hypot(...vector);
  return vector.map((x) => x / length);
}
