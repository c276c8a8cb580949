export { fmin } from "./fmax.ts";
