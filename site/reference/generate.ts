// Writes the API reference as Markdown, which VitePress makes part of the site. A broken link, a public name without a docstring or a type
// that is not exported ends it.
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { Application, Converter, type Context, ReflectionKind } from "typedoc";
import { pages } from "./pages.ts";

const site = fileURLToPath(new URL("..", import.meta.url));
const generated = `${site}generated`;

/** What a class has from another is described there. */
function withoutInherited(context: Context): void {
  for (const reflection of Object.values(context.project.reflections))
    if (reflection.kindOf(ReflectionKind.ClassMember) && "inheritedFrom" in reflection && reflection.inheritedFrom)
      context.project.removeReflection(reflection);
}

export async function generateReference(): Promise<void> {
  rmSync(generated, { recursive: true, force: true });
  for (const { path, module } of pages) {
    const file = `${generated}/modules/${path}.ts`;
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, `${module}\n`);
  }
  writeFileSync(
    `${generated}/tsconfig.json`,
    JSON.stringify({ extends: "../../tsconfig.check.json", include: ["modules"] }),
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
    sourceLinkTemplate: "https://github.com/tapegrad/tapegrad/blob/main/{path}#L{line}",
    validation: {
      notExported: true,
      invalidLink: true,
      rewrittenLink: true,
      notDocumented: true,
      unusedMergeModuleWith: true,
    },
    treatValidationWarningsAsErrors: true,
    requiredToBeDocumented: ["Class", "Enum", "Function", "Interface", "TypeAlias", "Variable"],
    // The pages' form.
    outputFileStrategy: "modules",
    entryFileName: "index",
    hidePageHeader: true,
    hideBreadcrumbs: true,
    hideGroupHeadings: true,
    useCodeBlocks: true,
    expandParameters: true,
    parametersFormat: "table",
    interfacePropertiesFormat: "table",
    tableColumnSettings: { hideSources: true, hideInherited: true, hideModifiers: true, hideOverrides: true },
  } as never);
  app.converter.on(Converter.EVENT_RESOLVE_END, withoutInherited);
  const project = await app.convert();
  if (project === undefined) throw new Error("the reference: sources do not compile");
  app.validate(project);
  if (app.logger.hasErrors()) throw new Error("the reference: see above");
  await app.generateDocs(project, `${generated}/reference`);
}
