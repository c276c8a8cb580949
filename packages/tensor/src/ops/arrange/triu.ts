export { triu } from "./tril.ts";
