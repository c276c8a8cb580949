import { BatchNorm1d, Dropout, inspectModes, Linear, type ModuleModes, ReLU, Sequential } from "@tapegrad/nn";
import { randn } from "@tapegrad/tensor";
import { expect, test } from "vitest";

const makeNet = (): Sequential =>
  new Sequential({
    body: new Sequential(new Linear(3, 4), new BatchNorm1d(4), new ReLU()),
    drop: new Dropout(0.2),
    head: new Linear(4, 2),
  });
const find = (node: ModuleModes, name: string): ModuleModes | undefined =>
  node.name === name ? node : node.children.map((child) => find(child, name)).find((found) => found !== undefined);

test("names each module's mode, whether it matters, its batches and what learns", async () => {
  const net = makeNet();
  for (let i = 0; i < 3; i++) net.forward(randn([4, 3]));
  net.at(0).requireGrad(false);
  net.at(1).freeze();
  const { root } = await inspectModes(net);
  expect(root.children.map(({ name }) => name)).toEqual(["body", "drop", "head"]);
  expect(find(root, "body.1")).toMatchObject({
    kind: "BatchNorm1d",
    mode: "train",
    modeSensitive: true,
    batchesTracked: 3,
    parameters: 2,
    trainable: 0,
  });
  expect(find(root, "body.1")!.verdict).toContain("moves the running statistics");
  expect(find(root, "drop")).toMatchObject({
    mode: "frozen",
    modeSensitive: true,
    batchesTracked: null,
    parameters: 0,
    verdict: "acts as in evaluation",
  });
  expect(find(root, "head")).toMatchObject({
    mode: "train",
    modeSensitive: false,
    parameters: 2,
    trainable: 2,
    verdict: "",
  });
});

test("the verdict tells ready to learn, ready to predict, mixed, held and alike apart", async () => {
  const net = makeNet();
  net.forward(randn([4, 3]));
  const verdict = async (): Promise<string> => (await inspectModes(net)).verdict;
  expect(await verdict()).toMatch(/^Ready to learn: 2 layers in train mode, 0 frozen/);
  net.at(1).eval();
  expect(await verdict()).toMatch(/^Mixed: 1 of the 2 layers/);
  net.eval();
  expect(await verdict()).toMatch(/^Ready to predict/);
  net.freeze();
  expect(await verdict()).toMatch(/^Held in eval mode/);
  expect((await inspectModes(new Sequential(new Linear(1, 1)))).verdict).toMatch(/^Both modes are alike/);
});

test("statistics that never moved are named, also where batches were counted", async () => {
  const fresh = makeNet().eval();
  expect((await inspectModes(fresh)).verdict).toContain(
    "Not to be trusted in eval mode: body.1 (statistics never saw a batch)",
  );
  const still = new Sequential(new BatchNorm1d(3, { momentum: 0 }));
  for (let i = 0; i < 5; i++) still.forward(randn([4, 3]));
  expect((await inspectModes(still.eval())).verdict).toContain(
    "still mean 0, variance 1 after 5 batches, and momentum 0 keeps them so",
  );
});

test("the text is a tree of lines with the verdict below", async () => {
  const net = makeNet();
  net.forward(randn([4, 3]));
  const lines = String(await inspectModes(net)).split("\n");
  expect(lines[0]).toMatch(/^module +mode +matters +batches +parameters/);
  expect(
    lines.some((line) => /^ {4}body\.1 \(BatchNorm1d\) +train +yes +1 +learn +normalises by the batch/.test(line)),
  ).toBe(true);
  expect(lines.at(-1)).toMatch(/^Ready to learn/);
});

test("a module inside itself is listed once", async () => {
  const net = makeNet();
  Object.assign(net.at(0), { self: net });
  expect((await inspectModes(net)).root.children.length).toBe(3);
});
