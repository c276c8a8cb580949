export { nanquantile } from "./quantile.ts";
