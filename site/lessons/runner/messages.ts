/** What the page asks of a Worker: to run a program, and then the check of a lesson. */
export interface Task {
  readonly lesson: string;
  readonly program: string;
}

/** What the Worker answers: lines of the console, then how it ended. */
export type Answer =
  | { readonly kind: "log"; readonly text: string }
  | { readonly kind: "passed"; readonly text: string }
  | {
      readonly kind: "failed";
      /** The program threw, or the check was not content. */
      readonly where: "program" | "check";
      readonly text: string;
      /** The line of the program, from 1, where known. */
      readonly line: number | null;
    };
