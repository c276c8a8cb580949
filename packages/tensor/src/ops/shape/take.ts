export { take } from "./place.ts";
