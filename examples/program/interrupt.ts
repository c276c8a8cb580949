/** Aborted by the first Ctrl-C, so that the run ends after its current step; the second ends it at once. */
export function onInterrupt(): AbortSignal {
  const controller = new AbortController();
  process.once("SIGINT", () => {
    controller.abort();
    process.once("SIGINT", () => process.exit(130));
  });
  return controller.signal;
}
