export { bucketize } from "./searchsorted.ts";
