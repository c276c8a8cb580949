export { isneginf } from "./isposinf.ts";
