export { fliplr } from "./flipud.ts";
