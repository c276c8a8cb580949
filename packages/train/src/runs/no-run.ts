import { FileError } from "@tapegrad/tensor";
import type { OpenRun } from "./run.ts";

/** In place of open-run.ts where there are no files. */
export const openRun: OpenRun = async (caller, { folder }) => {
  throw new FileError(
    folder,
    `${caller} cannot keep a run here: there are no files in browsers. Trainer.stateDict gives what to save`,
  );
};
