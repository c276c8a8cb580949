export { all } from "./any.ts";
