import { defaultGenerator, Generator, Tensor } from "@tapegrad/tensor";
import { explainChange } from "@tapegrad/tensor/internal";
import { copyOf } from "./copy-of.ts";
import { join, stateIn, unique } from "./find-state.ts";
import { ModeSwitch } from "./mode-switch.ts";
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
    explainChange("a tool that ran the model", () => {
      for (const { buffer, values, version } of buffers) if (buffer.storage.version !== version) buffer.assign(values);
    });
    restoreGenerators();
  };
}

/** Notes where the default generator and those of the modules stand. The function that is returned puts them back. */
export function noteGenerators(model: Module): () => void {
  const generators = generatorsOf(model).map((generator) => [generator, generator.getState()] as const);
  return () => {
    for (const [generator, state] of generators) generator.setState(state);
  };
}

/** The default generator, and those that modules of the model have for themselves. */
export function generatorsOf(model: Module): Generator[] {
  return [...namedGenerators(model).values()];
}

/** The default generator, under the name `default`, and those in the fields of modules, under their paths; shared ones once. */
export function namedGenerators(model: Module): Map<string, Generator> {
  const found: [string, Generator][] = [["default", defaultGenerator()]];
  for (const [prefix, module] of model.namedModules())
    for (const [field, value] of Object.entries(module))
      for (const [path, each] of stateIn(field, value, isLeaf))
        if (each instanceof Generator) found.push([join(prefix, path), each]);
  return new Map(unique(found));
}

/** What is not walked into: generators, and the state that modules have found already. */
function isLeaf(value: object): value is Generator {
  return value instanceof Generator || value instanceof Tensor || value instanceof ModeSwitch;
}
