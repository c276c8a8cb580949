export { columnStack } from "./hstack.ts";
