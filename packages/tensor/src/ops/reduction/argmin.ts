export { argmin } from "./argmax.ts";
