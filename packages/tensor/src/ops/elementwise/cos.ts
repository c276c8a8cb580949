export { cos } from "./sin.ts";
