import { createModel, type ModelName } from "@tapegrad/models";
import { CrossEntropyLoss } from "@tapegrad/nn";
import { SGD } from "@tapegrad/optim";
import { fromHost, Generator, manualSeed, randn } from "@tapegrad/tensor";
import { judgeSound } from "./judge.ts";

const examples = 8;

/** The pictures that a model is made for: as small as its last layers allow. */
function picturesFor(name: ModelName): readonly [channels: number, side: number] {
  if (name === "lenet") return [1, 28];
  const ofCifar = ["resnet20", "resnet32", "resnet44", "resnet56", "resnet110"];
  return ofCifar.includes(name) ? [3, 32] : [3, 64];
}

/** Diagnoses models as they are made, in which nothing may be found. Returns how often something was. */
export async function tryModels(names: readonly ModelName[], seed: number): Promise<number> {
  let alarms = 0;
  for (const name of names) {
    manualSeed(seed);
    const model = createModel(name, { numClasses: 10 });
    const [channels, side] = picturesFor(name);
    const generator = new Generator(seed);
    const targets = fromHost(
      Int32Array.from({ length: examples }, () => generator.integer(10)),
      [examples],
    );
    const batch = { inputs: randn([examples, channels, side, side]), targets };
    // Vgg has wide layers that nothing normalises, and few examples.
    const lr = name.startsWith("vgg") ? 0.001 : 0.01;
    const optimizer = new SGD(model.parameters(), { lr, momentum: 0.9 });
    const sound = await judgeSound(name, {
      model,
      options: { batch, loss: new CrossEntropyLoss(), optimizer, steps: 5 },
    });
    if (!sound) alarms++;
  }
  return alarms;
}
