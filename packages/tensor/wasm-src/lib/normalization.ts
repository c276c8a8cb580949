// The numbers of a normalisation of one channel, (x − mean)·scale + shift.

/** weight/√(variance + eps), of what stands at these addresses; `weight` 0 means one. */
@inline
export function scaleOf(variance: usize, weight: usize, eps: f32): f32 {
  const scale = <f32>(1.0 / Math.sqrt(<f64>load<f32>(variance) + <f64>eps));
  return weight ? scale * load<f32>(weight) : scale;
}

/** The bias less what the mean lost by rounding, `rest`, times the scale; 0 stands for an address where there is none. */
@inline
export function shiftOf(bias: usize, rest: usize, scale: f32): f32 {
  return (bias ? load<f32>(bias) : 0) - scale * (rest ? load<f32>(rest) : 0);
}

/** (y − centre)·scale + shift */
@inline
export function normalized(y: v128, centre: v128, scale: v128, shift: v128): v128 {
  return f32x4.add(f32x4.mul(f32x4.sub(y, centre), scale), shift);
}
