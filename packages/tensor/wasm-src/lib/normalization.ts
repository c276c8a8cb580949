// The factor of a normalisation.

/** weight/√(variance + eps), of what stands at these addresses; `weight` 0 means one. */
@inline
export function scaleOf(variance: usize, weight: usize, eps: f32): f32 {
  const scale = <f32>(1.0 / Math.sqrt(<f64>load<f32>(variance) + <f64>eps));
  return weight ? scale * load<f32>(weight) : scale;
}
