export { variance, type VarianceOptions } from "./var-mean.ts";
