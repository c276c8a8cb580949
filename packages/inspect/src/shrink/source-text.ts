import { ValueError } from "@tapegrad/tensor";

/** The source of a function, and the names that it takes from around it. */
export interface SourceText {
  readonly text: string;
  readonly free: readonly string[];
}

/** As much of a syntax tree as is looked at. */
interface SyntaxNode {
  readonly type: string;
  readonly [field: string]: unknown;
}

/** What vitest and esbuild call a module that names were imported from. */
const importedModule = /^(?:__vi(?:te_ssr)?_import_\d+__|import_\w+)$/;
/** What TypeScript and Babel call it. Variables may be called so too. */
const perhapsModule = /^(?:\w+_\d+|_\w+)$/;

/**
 * The source of a function as an expression.
 *
 * Where modules are compiled, `(0, tensor_1.relu)(x)` stands for an imported `relu(x)`; that is undone.
 *
 * @throws ValueError naming the caller and option if the function is native or bound, so that it has no source.
 */
export async function sourceText(caller: string, option: string, fn: unknown): Promise<SourceText> {
  const { parse } = await import("acorn");
  const written = String(fn);
  for (const text of [written, `function ${written}`, `async function ${written.replace(/^async\s+/, "")}`]) {
    try {
      const namesOf = (source: string): string[] =>
        freeNames(parse(`(${source})`, { ecmaVersion: "latest" }) as unknown as SyntaxNode);
      const modules = namesOf(text).filter((name) => isModule(name, text));
      const plain = modules.reduce(
        (source, name) =>
          source.replaceAll(new RegExp(`\\(0,\\s*${name}\\.(\\w+)\\)|(?<![.\\w$])${name}\\.(\\w+)`, "g"), "$1$2"),
        text,
      );
      return { text: indented(plain), free: namesOf(plain) };
    } catch {
      continue;
    }
  }
  throw new ValueError(
    `${caller}: ${option} has no source that can be written down; give a function that is not native or bound`,
  );
}

/** Whether a name stands for a module, by what it is, and by how things of it are called. */
function isModule(name: string, text: string): boolean {
  if (importedModule.test(name)) return true;
  return perhapsModule.test(name) && new RegExp(`(?:\\(0,\\s*|\\bnew\\s+)${name}\\.`).test(text);
}

/** Without what all lines but the first are indented by, unless there is text over several lines. */
function indented(text: string): string {
  const lines = text.split("\n");
  const depths = lines.slice(1).flatMap((line) => (line.trim() === "" ? [] : [/^ */.exec(line)![0].length]));
  const depth = Math.min(...depths);
  if (text.includes("`") || !Number.isFinite(depth)) return text;
  return lines.map((line, i) => (i === 0 ? line : line.slice(depth))).join("\n");
}

/** Names that are used and not declared anywhere in the tree. What the language itself has is not among them. */
function freeNames(tree: SyntaxNode): string[] {
  const used = new Set<string>();
  const declared = new Set<string>(["undefined", "arguments"]);
  const visit = (node: SyntaxNode, declares: boolean): void => {
    if (node.type === "Identifier") {
      (declares ? declared : used).add(node["name"] as string);
      return;
    }
    for (const [field, value] of Object.entries(node)) {
      for (const child of [value].flat()) {
        if (typeof child !== "object" || child === null || !("type" in child)) continue;
        if (isLabel(node, field)) continue;
        visit(child as SyntaxNode, declaresIn(node, field, declares));
      }
    }
  };
  visit(tree, false);
  return [...used].filter((name) => !declared.has(name) && !(name in globalThis));
}

/** Whether a child is the name of a property or label, and no variable. */
function isLabel(node: SyntaxNode, field: string): boolean {
  const named = node.type === "MemberExpression" ? field === "property" : field === "key" || field === "label";
  const computed = node["computed"] === true;
  return (named || node.type === "MetaProperty") && !computed;
}

/** Whether names in a child are declared there. */
function declaresIn(node: SyntaxNode, field: string, declares: boolean): boolean {
  switch (node.type) {
    case "VariableDeclarator":
    case "ClassDeclaration":
    case "ClassExpression":
      return field === "id";
    case "FunctionDeclaration":
    case "FunctionExpression":
    case "ArrowFunctionExpression":
      return field === "id" || field === "params";
    case "CatchClause":
      return field === "param";
    case "AssignmentPattern":
      return declares && field === "left";
    default:
      return declares && /Pattern|RestElement|Property/.test(node.type);
  }
}
