export { dstack } from "./hstack.ts";
