// Arithmetic, equality and the exponential function, element by element, and chains of them.
export { chain } from "./lib/chain";
export { binary, unary, where } from "./lib/elementwise";
