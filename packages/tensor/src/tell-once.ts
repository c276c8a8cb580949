const told = new Set<string>();

/** Writes advice to the console as a warning, the first time that it is given: what is no error, but hardly meant. For tapegrad's own packages. */
export function tellOnce(advice: string): void {
  if (told.has(advice)) return;
  told.add(advice);
  console.warn(advice);
}
