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

/**
 * The source of a function as an expression.
 *
 * Bundlers and test runners write `(0, __vi_import_0__.relu)(x)` for an imported `relu(x)`; that is undone.
 *
 * @throws ValueError naming the caller and option if the function is native or bound, so that it has no source.
 */
export async function sourceText(caller: string, option: string, fn: unknown): Promise<SourceText> {
  const { parse } = await import("acorn");
  const written = String(fn).replaceAll(
    /\(0,\s*(?:__vi(?:te_ssr)?_import_\d+__|import_\w+)\.(\w+)\)|(?:__vi(?:te_ssr)?_import_\d+__|import_\w+)\.(\w+)/g,
    "$1$2",
  );
  for (const text of [written, `function ${written}`, `async function ${written.replace(/^async\s+/, "")}`]) {
    try {
      const tree = parse(`(${text})`, { ecmaVersion: "latest" }) as unknown as SyntaxNode;
      return { text, free: freeNames(tree) };
    } catch {
      continue;
    }
  }
  throw new ValueError(
    `${caller}: ${option} has no source that can be written down; give a function that is not native or bound`,
  );
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
