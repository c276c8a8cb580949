import { type Application, type JSONOutput, normalizePath, type ProjectReflection } from "typedoc";

/** They compute the types of arguments, and are written nowhere else. */
const computing: ReadonlySet<string> = new Set(["PieceFunctions", "PieceArguments", "Fields", "Arguments"]);

/**
 * Types of the packages that a public signature names and no page describes, each with its file and a place that names it. TypeDoc's own
 * check looks at one package, and at links that it could not resolve there.
 */
export function typesNotExported(app: Application, project: ProjectReflection): string[] {
  const found = new Map<string, string>();
  const visit = (value: unknown, place: string): void => {
    if (Array.isArray(value)) return value.forEach((each) => visit(each, place));
    if (typeof value !== "object" || value === null) return;
    const { kind, name, type } = value as { readonly kind?: number; readonly name?: string; readonly type?: unknown };
    if (type === "reference") {
      const { target, refersToTypeParameter } = value as JSONOutput.ReferenceType;
      if (typeof target === "object" && target.packageName.startsWith("@tapegrad/") && refersToTypeParameter !== true)
        found.set(`${target.qualifiedName} of ${target.packageName}/${target.packagePath}`, place);
    }
    const inside = kind === undefined || name === undefined ? place : `${place}.${name}`;
    for (const each of Object.values(value)) visit(each, inside);
  };
  for (const page of app.serializer.projectToObject(project, normalizePath(process.cwd())).children ?? [])
    visit(page.children, page.name);
  return [...found].flatMap(([type, place]) => (computing.has(type.split(" ")[0]!) ? [] : `${type}, in ${place}`));
}
