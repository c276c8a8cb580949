export { amin } from "./amax.ts";
