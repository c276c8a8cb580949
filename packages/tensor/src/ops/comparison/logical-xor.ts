export { logicalXor } from "./logical-and.ts";
