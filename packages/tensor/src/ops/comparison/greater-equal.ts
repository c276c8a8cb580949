export { greaterEqual } from "./less.ts";
