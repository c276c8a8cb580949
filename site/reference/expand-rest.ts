import { type Context, ParameterReflection, ReflectionFlag, ReflectionKind, type SignatureReflection } from "typedoc";
import ts from "typescript";

/** Writes a rest parameter that is a tuple with names as the parameters that it stands for, as editors do. */
export function expandRest(
  context: Context,
  reflection: SignatureReflection,
  _declaration?: ts.SignatureDeclaration | ts.JSDocSignature,
  signature?: ts.Signature,
): void {
  const rest = reflection.parameters?.at(-1);
  const symbol = signature?.parameters.at(-1);
  if (symbol === undefined || rest?.flags.isRest !== true || rest.type?.type !== "tuple") return;
  const { target } = context.checker.getTypeOfSymbol(symbol) as ts.TupleTypeReference;
  const parameters = rest.type.elements.map((each, i) => {
    const named = each.type === "namedTupleMember";
    const parameter = new ParameterReflection(
      named ? each.name : `${rest.name}${i}`,
      ReflectionKind.Parameter,
      reflection,
    );
    parameter.type = named ? each.element : each;
    parameter.setFlag(ReflectionFlag.Optional, (target.elementFlags[i]! & ts.ElementFlags.Optional) !== 0);
    context.registerReflection(parameter, undefined);
    return parameter;
  });
  context.project.removeReflection(rest);
  reflection.parameters = [...(reflection.parameters ?? []), ...parameters];
}
