const told = new Set<string>();

/** Warns on the console of what is no error but surely a mistake, the first time only. For tapegrad's own packages. */
export function tellOnce(advice: string): void {
  if (told.has(advice)) return;
  told.add(advice);
  console.warn(advice);
}
