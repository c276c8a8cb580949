export { logaddexp2 } from "./logaddexp.ts";
