import { InstanceNorm } from "@tapegrad/nn/instance-norm";
import { noGrad, scope, type Tensor } from "@tapegrad/tensor";
import { mean } from "@tapegrad/tensor/ops/mean";
import { varMean } from "@tapegrad/tensor/ops/var-mean";
import type { LayerTrack } from "./layer-track.ts";

/** Mean and biased variance of an input that its layer did not measure; for instance norms, the averages of those of the examples. */
export function measureBatch<N>(
  { module }: LayerTrack,
  input: Tensor,
  note: (statistic: Tensor) => N,
): readonly [mean: N, variance: N] {
  const axes = [...input.shape.keys()];
  return noGrad(() =>
    scope(() => {
      const byExample = module instanceof InstanceNorm;
      const over = axes.filter((axis) => axis > 1 || (axis === 0 && !byExample));
      const [variance, means] = varMean(input, over, { correction: 0 });
      return byExample ? [note(mean(means, 0)), note(mean(variance, 0))] : [note(means), note(variance)];
    }),
  );
}
