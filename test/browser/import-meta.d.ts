/** Vite's import of many files, which these tests are served by. */
interface ImportMeta {
  glob<T>(
    pattern: string,
    options: { readonly eager: true; readonly query?: string; readonly import?: string },
  ): Record<string, T>;
}
