import { defaultGenerator, type Generator } from "@tapegrad/tensor";
import { DropoutBase } from "../layers/dropout/dropout-base.ts";
import { copyOf } from "./copy-of.ts";
import type { Module } from "./module.ts";

/**
 * Notes everything that running a network may change: buffers, modes, and the generators that it draws from. The function
 * that is returned puts it back.
 */
export function noteState(model: Module): () => void {
  const modes = model.modules().map((module) => [module, module.training] as const);
  const buffers = model
    .buffers()
    .map((buffer) => ({ buffer, values: copyOf(buffer), version: buffer.storage.version }));
  const restoreGenerators = noteGenerators(model);
  return () => {
    for (const [module, mode] of modes) module.training = mode;
    for (const { buffer, values, version } of buffers) if (buffer.storage.version !== version) buffer.assign(values);
    restoreGenerators();
  };
}

/** Notes where the default generator and those of the dropouts stand. The function that is returned puts them back. */
export function noteGenerators(model: Module): () => void {
  const generators = generatorsOf(model).map((generator) => [generator, generator.getState()] as const);
  return () => {
    for (const [generator, state] of generators) generator.setState(state);
  };
}

/** The default generator, and those that dropouts of the model have for themselves. */
export function generatorsOf(model: Module): Generator[] {
  const own = model
    .modules()
    .flatMap((module) => (module instanceof DropoutBase && module.generator ? [module.generator] : []));
  return [...new Set([defaultGenerator(), ...own])];
}
