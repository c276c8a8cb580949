// Batch normalisation of x [n, c, inner], channel by channel.
export { gradient, gradientOfChannels, gradientSums } from "./lib/batch-norm-gradient";
export { normalize, normalizeReluPool } from "./lib/batch-norm-normalize";
export { pooledGradient, pooledSums } from "./lib/batch-norm-pooled-gradient";
export { deviations, planeMeans, statistics, updateRunning } from "./lib/batch-norm-statistics";
