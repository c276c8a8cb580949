// What this browser remembers of the lessons: programs that were changed, and which checks have passed. Nothing leaves it.

const keyOf = (lesson: string): string => `tapegrad-lesson-${lesson}`;

interface Progress {
  readonly program?: string;
  readonly passed?: boolean;
}

export function progressOf(lesson: string): Progress {
  try {
    return JSON.parse(localStorage.getItem(keyOf(lesson)) ?? "{}") as Progress;
  } catch {
    // A browser that keeps nothing, or something else under the same key.
    return {};
  }
}

export function noteProgress(lesson: string, change: Progress): void {
  try {
    localStorage.setItem(keyOf(lesson), JSON.stringify({ ...progressOf(lesson), ...change }));
  } catch {
    // Then the next visit begins anew.
  }
}
