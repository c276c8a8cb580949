/**
 * gpu.js statements that declare `name`, a local that gpu.js keeps as an integer: an index that differs between threads and
 * may be advanced by integers, `p += 9`. A plain local is a float, which webasm would convert wherever it is an index.
 */
export function integerLocal(name: string, value: string): string {
  return `let ${name} = 0; ${name}++; ${name} = ${value};`;
}

/** What `integerLocal` writes, up to the value. */
const declaration = /\blet (\w+) = 0; \1\+\+; \1 = /g;

/** A source without the declarations of integer locals; what is left of one is its value. */
export function withoutIntegerLocals(source: string): string {
  return source.replaceAll(declaration, "");
}

/**
 * A source without what only makes integers on webasm: integer locals and `(i | 0)`. WebGL would declare the former `int`, to
 * which GLSL assigns no float, and compute the latter bit by bit; a float is as good an index there.
 */
export function withoutIntegers(source: string): string {
  return source.replaceAll(declaration, "let $1 = ").replaceAll(/\((\w+) \| 0\)/g, "$1");
}
