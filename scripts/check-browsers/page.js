import { perform } from "./tasks.js";

globalThis.performHere = async (task) => {
  // The longest time for which the page could not answer.
  let longest = 0;
  let last = performance.now();
  const timer = setInterval(() => {
    const now = performance.now();
    longest = Math.max(longest, now - last);
    last = now;
  }, 1);
  const result = await perform(task);
  clearInterval(timer);
  return { ...result, longest };
};

let worker;
globalThis.performInWorker = (task) => {
  worker ??= new Worker(new URL("./worker.js", import.meta.url), { type: "module" });
  return new Promise((resolve) => {
    worker.onmessage = ({ data }) => resolve(data);
    worker.onerror = ({ message }) => resolve({ error: "Error", message });
    worker.postMessage(task);
  });
};
