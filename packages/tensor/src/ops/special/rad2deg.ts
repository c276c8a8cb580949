export { rad2deg } from "./deg2rad.ts";
