export { std } from "./var-mean.ts";
