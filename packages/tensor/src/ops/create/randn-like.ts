export { randnLike } from "./rand-like.ts";
