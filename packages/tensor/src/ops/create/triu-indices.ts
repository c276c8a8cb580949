export { triuIndices } from "./tril-indices.ts";
