// What TypeScript must know of a family of wasm kernels: the functions that it exports and the structs that they read, as
// types; constants, and the numbers of `wasm-src/lib/opcodes.ts`. Taken from the compiled AssemblyScript program.
import { Transform } from "assemblyscript/transform";

/** Keeps the program that the compiler works on. */
export class Program extends Transform {
  afterInitialize(program) {
    this.kept = program;
  }

  /** The structs of the family's program, its whole constants, and its functions as the interface `name`. */
  bindings(family, name) {
    const constants = this.#files().flatMap(([path, { members, exports }]) =>
      [...((path === family ? members : exports) ?? [])].flatMap(
        ([
          name,
          {
            file,
            declaration: { initializer },
          },
        ]) => {
          const text = initializer?.range?.toString();
          return file.internalName === path && /^\d+$/.test(text) ? [`export const ${name} = ${text};`] : [];
        },
      ),
    );
    const structs = [...this.#structs()].map(
      (struct) => `export type ${struct.name} = [${fieldsOf(struct).join(", ")}];`,
    );
    const functions = [...this.kept.filesByName.get(family).exports].map(([exported, { declaration, file }]) => {
      const { parameters, returnType } = declaration.signature;
      const typed = parameters.map((parameter) => `${parameter.name.text}: ${typeOf(parameter.type, file)}`);
      return `  ${exported}(${typed.join(", ")}): ${typeOf(returnType, file)};`;
    });
    return [...constants, ...structs, `export interface ${name} {`, ...functions, `}`];
  }

  /** A constant for every member of the enums that a file exports, and a type for each enum. */
  constants(path) {
    const lines = [];
    for (const [name, { declaration }] of this.kept.filesByName.get(path).exports) {
      let value = -1;
      const members = declaration.values.map(({ name, initializer }) => {
        value = initializer === null ? value + 1 : Number(initializer.range.toString());
        return [name.text[0].toLowerCase() + name.text.slice(1), value];
      });
      for (const [member, number] of members) lines.push(`export const ${member} = ${number};`);
      lines.push(`export type ${name} = ${members.map(([, number]) => number).join(" | ")};`);
    }
    return lines;
  }

  #files() {
    return [...this.kept.filesByName].filter(([path]) => !path.startsWith("~"));
  }

  #structs() {
    const elements = this.#files().flatMap(([, { members }]) => [...(members?.values() ?? [])]);
    const classes = elements.flatMap(({ instances }) => [...(instances?.values() ?? [])]);
    return new Set(classes.filter(({ nextMemoryOffset }) => nextMemoryOffset > 0));
  }
}

/** The fields of a struct in order, labelled. TypeScript writes them as int32, one after another. */
function fieldsOf(struct) {
  const fields = [...struct.members.values()].filter(({ fieldDeclaration }) => fieldDeclaration !== undefined);
  fields.forEach(({ name, instance: { memoryOffset } }, i) => {
    if (memoryOffset !== 4 * i || struct.nextMemoryOffset !== 4 * fields.length)
      throw new Error(`${struct.internalName}: ${name} lies at ${memoryOffset}; all fields must have four bytes`);
  });
  return fields.map(({ name, fieldDeclaration: { type } }) => {
    const bits = type.name.identifier.text === "f32" ? "FloatBits" : typeOf(type, struct.file);
    return `${name}: ${bits}`;
  });
}

function typeOf(node, file) {
  const name = node.name.identifier.text;
  if (name === "void") return name;
  if (name === "usize") return "number";
  if (["i32", "u32", "f32", "f64"].includes(name)) return "Scalar";
  const element = file.lookup(name, true);
  if (element?.declaration.values !== undefined) return `opcodes.${name}`;
  if (element?.instances === undefined) throw new Error(`${file.name}: no binding for the type ${name}`);
  return `Pointer<${name}>${node.isNullable ? " | 0" : ""}`;
}
