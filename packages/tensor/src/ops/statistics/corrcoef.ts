export { corrcoef } from "./cov.ts";
