// Writes the API reference as Markdown, which VitePress makes part of the site. A broken link, a public name without a docstring or a type
// that is not exported ends it.
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import {
  Application,
  type Context,
  Converter,
  type DeclarationReflection,
  type ProjectReflection,
  type ReferenceType,
  type Reflection,
  ReflectionFlag,
  ReflectionKind,
  type SomeType,
} from "typedoc";
import { expandRest } from "./expand-rest.ts";
import { pages } from "./pages.ts";
import { typesNotExported } from "./types-not-exported.ts";

const site = fileURLToPath(new URL("..", import.meta.url));
const generated = `${site}generated`;

/** A constant that is a function is described as one. */
function callConstants({ project }: Context): void {
  for (const reflection of project.getReflectionsByKind(ReflectionKind.Variable)) {
    if (!reflection.isDeclaration() || reflection.type?.type !== "reflection") continue;
    const { signatures } = reflection.type.declaration;
    if (signatures === undefined) continue;
    reflection.kind = ReflectionKind.Function;
    reflection.setFlag(ReflectionFlag.Const, false);
    reflection.signatures = signatures;
    for (const signature of signatures) {
      const { name, comment, sources } = reflection;
      Object.assign(signature, { name, comment: comment?.clone(), sources, parent: reflection });
    }
    for (const field of ["type", "comment", "defaultValue"] as const) delete reflection[field];
  }
}

/** Pages are called after their places, and what a class has from another one is described there alone, but for its constructor. */
function tidy({ project }: Context): void {
  const members = new Map<string, DeclarationReflection[]>();
  for (const reflection of Object.values(project.reflections)) {
    if (reflection.kindOf(ReflectionKind.Module))
      reflection.name = reflection.name.replace(/^.*generated\/modules\//, "");
    if (!reflection.isDeclaration() || !reflection.parent?.kindOf(ReflectionKind.ClassOrInterface)) continue;
    const source = reflection.sources?.[0];
    if (source === undefined) continue;
    const place = `${reflection.name} ${source.fullFileName}:${source.line}`;
    members.set(place, [...(members.get(place) ?? []), reflection]);
  }
  for (const same of members.values()) {
    const own = same.find((member) => !member.inheritedFrom) ?? same.find(({ parent }) => parent!.name === "Module");
    const classes = new Set(same.map(({ parent }) => parent));
    const repeated = same.filter((member) =>
      own === undefined ? basesOf(member.parent!).some((base) => classes.has(base)) : member !== own,
    );
    for (const member of repeated)
      if (!takesArguments(member) && !isField(member, own)) project.removeReflection(member);
  }
  for (const reflection of Object.values(project.reflections))
    if (reflection.isDeclaration() || reflection.isSignature()) {
      // The line "Extends" says it once for all, of what is public: the members of other classes are listed as the class's own.
      delete reflection.inheritedFrom;
      delete reflection.overwrites;
      if (!reflection.isDeclaration() || !reflection.extendedTypes) continue;
      reflection.extendedTypes = reflection.extendedTypes.filter(isDocumented);
      for (let bases = reflection.typeHierarchy; bases?.next !== undefined && !bases.isTarget; bases = bases.next)
        if (!bases.types.every(isDocumented)) reflection.typeHierarchy = bases.next;
    }
}

/** Whether it is a constructor that a reader has to know for each class. */
function takesArguments(member: DeclarationReflection): boolean {
  const signatures = member.kindOf(ReflectionKind.Constructor) ? (member.signatures ?? []) : [];
  return signatures.some(({ parameters }) => (parameters ?? []).length > 0);
}

/** Whether it is a field in which a class keeps an option. */
function isField(member: DeclarationReflection, option: DeclarationReflection | undefined): boolean {
  return (
    option?.parent?.kindOf(ReflectionKind.Interface) === true && member.parent?.kindOf(ReflectionKind.Class) === true
  );
}

/** The documented classes that a class extends itself. */
function basesOf(reflection: Reflection): Reflection[] {
  const types = reflection.isDeclaration() ? (reflection.extendedTypes ?? []) : [];
  return types.filter(isDocumented).map(({ reflection }) => reflection!);
}

function isDocumented(type: SomeType): type is ReferenceType {
  return type.type === "reference" && type.reflection !== undefined;
}

/** Public names that nothing is said of. */
function namesWithoutDocstring(project: ProjectReflection): string[] {
  return (project.children ?? [])
    .flatMap((page) => page.children ?? [])
    .filter(
      (each) =>
        !each.isReference() &&
        ![each, ...(each.signatures ?? [])].some(({ comment }) => comment?.hasVisibleComponent()),
    )
    .map((each) => each.getFullName());
}

const titles = new Map(pages.map(({ package: name, title, path }) => [path, `@tapegrad/${name}: ${title}`]));

export async function generateReference(): Promise<void> {
  rmSync(generated, { recursive: true, force: true });
  for (const { path, module } of pages) {
    const file = `${generated}/modules/${path}.ts`;
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, `${module}\n`);
  }
  writeFileSync(
    `${generated}/tsconfig.json`,
    JSON.stringify({
      extends: "../../tsconfig.check.json",
      compilerOptions: { rewriteRelativeImportExtensions: false },
      include: ["modules", "../../packages/*/src/**/*.d.ts"],
    }),
  );
  const app = await Application.bootstrapWithPlugins({
    entryPoints: pages.map(({ path }) => `${generated}/modules/${path}.ts`),
    tsconfig: `${generated}/tsconfig.json`,
    plugin: ["typedoc-plugin-markdown"],
    name: "Reference",
    readme: "none",
    excludeInternal: true,
    excludePrivate: true,
    excludeProtected: true,
    sort: ["source-order"],
    basePath: `${site}..`,
    displayBasePath: `${site}..`,
    disableGit: true,
    sourceLinkTemplate: "https://github.com/tapegrad/tapegrad/blob/main/{path}#L{line}",
    validation: {
      // See typesNotExported.
      notExported: false,
      invalidLink: true,
      rewrittenLink: true,
      notDocumented: false,
      unusedMergeModuleWith: true,
    },
    treatWarningsAsErrors: true,
    // `npm run typecheck` does.
    skipErrorChecking: true,
    // The pages' form.
    outputFileStrategy: "modules",
    entryFileName: "index",
    pageTitleTemplates: { module: ({ name }: { name: string }) => titles.get(name) ?? name },
    hidePageHeader: true,
    hideBreadcrumbs: true,
    hideGroupHeadings: true,
    useHTMLAnchors: true,
    useCodeBlocks: true,
    expandParameters: true,
    parametersFormat: "table",
    interfacePropertiesFormat: "table",
    classPropertiesFormat: "table",
    tableColumnSettings: { hideSources: true, hideInherited: true, hideModifiers: true, hideOverrides: true },
  } as never);
  app.converter.on(Converter.EVENT_CREATE_SIGNATURE, expandRest);
  app.converter.on(Converter.EVENT_RESOLVE_BEGIN, callConstants);
  app.converter.on(Converter.EVENT_RESOLVE_END, tidy);
  const project = await app.convert();
  if (project === undefined) throw new Error("the reference: sources cannot be read");
  app.validate(project);
  const bare = namesWithoutDocstring(project);
  if (bare.length > 0) throw new Error(`the reference: public names without a docstring: ${bare.join(", ")}`);
  const hidden = typesNotExported(app, project);
  if (hidden.length > 0) throw new Error(`the reference: types that are not exported: ${hidden.join("; ")}`);
  const { validationWarningCount } = app.logger;
  if (app.logger.hasErrors() || app.logger.hasWarnings() || validationWarningCount > 0)
    throw new Error("the reference: see above");
  app.options.setValue("out", `${generated}/reference`);
  await app.generateOutputs(project);
}
