export { cumulativeTrapezoid } from "./trapezoid.ts";
