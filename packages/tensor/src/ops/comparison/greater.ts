export { greater } from "./less.ts";
