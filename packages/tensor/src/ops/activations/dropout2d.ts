export { dropout2d } from "./dropout.ts";
