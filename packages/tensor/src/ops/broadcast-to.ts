export { broadcastTo } from "./sum.ts";
