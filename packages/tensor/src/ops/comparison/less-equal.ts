export { lessEqual } from "./less.ts";
