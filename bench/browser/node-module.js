// Stands for node:module in a page: what bench/peers/tfjs.mjs requires is part of the bundle.
import * as tf from "@tensorflow/tfjs";
import * as wasm from "@tensorflow/tfjs-backend-wasm";

export const createRequire = () => (name) => ({ "@tensorflow/tfjs": tf, "@tensorflow/tfjs-backend-wasm": wasm })[name];
