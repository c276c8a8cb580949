/**
 * The first layout of a page leaves out the sections below the screen, as the style sheet says. They are laid out one by one while there
 * is nothing else to do, or all at once when somebody does something: links inside a page lead to where a section is, not to a guess.
 */
export async function layOut(): Promise<void> {
  const all = (): void => document.documentElement.classList.add("laid-out");
  for (const type of ["pointerdown", "keydown"]) addEventListener(type, all, { once: true, capture: true });
  for (const part of document.querySelectorAll<HTMLElement>(".part")) {
    await whenIdle();
    part.style.contentVisibility = "visible";
  }
  all();
}

function whenIdle(): Promise<unknown> {
  // Safari has no idle callbacks.
  return new Promise((resolve) => (globalThis.requestIdleCallback ?? setTimeout)(resolve));
}
