export { signbit } from "./copysign.ts";
