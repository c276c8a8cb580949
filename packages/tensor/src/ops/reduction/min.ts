export { min } from "./max.ts";
