import { perform } from "./tasks.js";

self.onmessage = async ({ data }) => self.postMessage(await perform(data));
