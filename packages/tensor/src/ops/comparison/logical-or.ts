export { logicalOr } from "./logical-and.ts";
