export { broadcastTo } from "../reduction/sum.ts";
