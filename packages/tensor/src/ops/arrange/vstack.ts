export { vstack } from "./hstack.ts";
