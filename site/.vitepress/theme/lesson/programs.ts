/** The programs of all lessons, as text: what a reader begins with, and, loaded when asked for, how it can be mended. */
const starts = import.meta.glob<string>("../../../lessons/*/start.js", {
  query: "?raw",
  import: "default",
  eager: true,
});
const solutions = import.meta.glob<string>("../../../lessons/*/solution.js", { query: "?raw", import: "default" });

export const startOf = (lesson: string): string => starts[`../../../lessons/${lesson}/start.js`]!.trimEnd();

export const solutionOf = async (lesson: string): Promise<string> =>
  (await solutions[`../../../lessons/${lesson}/solution.js`]!()).trimEnd();
