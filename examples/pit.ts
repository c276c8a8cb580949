/**
 * The pit between train mode and eval mode: a network that was trained in PyTorch, evaluated on pictures in eval mode, and then
 * in train mode, one picture at a time. `npm run pit -- --help` lists the options.
 */
import { recordStatistics } from "@tapegrad/inspect";
import { inspectModes } from "@tapegrad/nn";
import { deviceReport, manualSeed, useDevice } from "@tapegrad/tensor";
import { loadModel } from "./pit/load-model.ts";
import { type Options, readOptions, usage } from "./pit/options.ts";
import { compareOneByOne, predictInEval, predictInTrainOneByOne } from "./pit/predict.ts";
import { readPictures } from "./pit/read-pictures.ts";
import { pitReport } from "./pit/report.ts";
import { printTables, resultsOf, rightIn, showAccuracy } from "./pit/results.ts";
import { run } from "./program/command-line.ts";
import { saveJson, saveText } from "./program/results.ts";

async function main(options: Options): Promise<number> {
  await useDevice(options.device);
  manualSeed(0);
  const { model, numClasses } = await loadModel(options.model, options.checkpoint);
  const pictures = await readPictures(options, numClasses);
  const { dataset } = pictures;
  try {
    console.log(`${options.model} on ${dataset.length} pictures; device ${deviceReport().device}`);
    console.log((await inspectModes(model.eval())).verdict);

    const comparison = await compareOneByOne(model, dataset);
    using recorder = recordStatistics(model);
    // Eval mode first: train mode moves the statistics that eval mode uses.
    const inEval = await predictInEval(model, dataset);
    const inTrain = await predictInTrainOneByOne(model, dataset);

    const results = resultsOf(options.model, pictures, inEval, inTrain, comparison);
    const { predictions, changed } = results;
    printTables(results);
    console.log(`eval mode:               ${showAccuracy(predictions, "eval")}`);
    console.log(`train mode, one by one:  ${showAccuracy(predictions, "train")}; ${changed} predictions change\n`);
    console.log(String(comparison));

    await saveText(options.report, pitReport(results, comparison, pictures, recorder.recording()));
    console.log(`\nreport: ${options.report}`);
    if (options.json !== null) await saveJson(options.json, results);
    if (!options.builtIn) return 0;
    const holds = rightIn(predictions, "eval") === 20 && rightIn(predictions, "train") === 10;
    console.log(`claim: 20 of 20 in eval mode, 10 of 20 in train mode: ${holds ? "holds" : "FAILS"}`);
    return holds ? 0 : 1;
  } finally {
    await dataset.close();
  }
}

await run({ command: "npm run pit", usage, readOptions, main });
