// What tapegrad's other packages need of this one and its users do not: anything here may change in any version.
export { copyOf } from "./module/copy-of.ts";
export { generatorsOf, namedGenerators, noteGenerators } from "./module/note-state.ts";
