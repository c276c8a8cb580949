export { minimum } from "./maximum.ts";
