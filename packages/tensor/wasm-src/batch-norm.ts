// Batch normalisation of x [n, c, inner], channel by channel.
export { gradient } from "./lib/batch-norm-gradient";
export { normalize, normalizeReluPool } from "./lib/batch-norm-normalize";
export { pooledGradient } from "./lib/batch-norm-pooled-gradient";
export { statistics, updateRunning } from "./lib/batch-norm-statistics";
