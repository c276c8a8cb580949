export { maxPool2dWithIndices } from "./max-pool2d.ts";
