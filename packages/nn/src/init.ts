export * from "./init/fill.ts";
export type { InitOptions } from "./init/initialisers.ts";
export { truncatedNormal, type TruncatedNormalOptions } from "./init/truncated-normal.ts";
export { kaimingNormal, kaimingUniform, type KaimingOptions } from "./init/kaiming.ts";
export { xavierNormal, xavierUniform, type XavierOptions } from "./init/xavier.ts";
export { orthogonal, type OrthogonalOptions } from "./init/orthogonal.ts";
export { dirac, identity } from "./init/identity.ts";
export { calculateGain, type LinearLayer, type Nonlinearity } from "./init/gain.ts";
