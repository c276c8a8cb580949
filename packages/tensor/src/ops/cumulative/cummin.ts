export { cummin } from "./cummax.ts";
