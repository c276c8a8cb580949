import { parseArgs } from "node:util";
import { DataLoader, syntheticDigits } from "@tapegrad/data";
import { saveTorch } from "@tapegrad/formats";
import { CrossEntropyLoss } from "@tapegrad/nn";
import { Adam } from "@tapegrad/optim";
import { manualSeed } from "@tapegrad/tensor";
import { Accuracy, fit } from "@tapegrad/train";
import { TerminalView } from "@tapegrad/train/terminal-view";
import { Net } from "./net.js";

const { values: options } = parseArgs({ options: { run: { type: "string" }, resume: { type: "boolean" } } });
const seed = 0;
const train = syntheticDigits({ count: 2000, seed: "train" });
const test = syntheticDigits({ count: 500, seed: "test" });

manualSeed(seed);
const net = new Net();
const { epochs } = await fit(net, {
  loss: new CrossEntropyLoss(),
  optimizer: new Adam(net.parameters(), { lr: 3e-3 }),
  loader: new DataLoader(train, { batchSize: 50, shuffle: true, seed }),
  validation: new DataLoader(test, { batchSize: 100 }),
  metrics: { accuracy: new Accuracy() },
  epochs: 3,
  callbacks: [new TerminalView({ unit: "digits" })],
  seed,
  run: options.run ?? null,
  resume: options.resume ?? false,
});

await saveTorch("model.pth", net.stateDict());
const { accuracy } = epochs.at(-1).validation.metrics;
console.log(`${(100 * accuracy).toFixed(1)}% of new digits are recognised; the weights are in model.pth`);
