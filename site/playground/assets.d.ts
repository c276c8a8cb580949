// What vite makes of imports that are no modules.

/** The text of a file. */
declare module "*?raw" {
  const text: string;
  export default text;
}

declare module "*.css";
