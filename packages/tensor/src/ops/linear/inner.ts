export { inner } from "./tensordot.ts";
