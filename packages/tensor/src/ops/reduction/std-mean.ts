export { stdMean } from "./var-mean.ts";
