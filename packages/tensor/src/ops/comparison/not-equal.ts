export { notEqual } from "./equal.ts";
