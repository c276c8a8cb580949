// CommonJS, where Node can load ES modules so.
const [major, minor] = process.versions.node.split(".").map(Number);
if (major > 22 || (major === 22 && minor >= 12) || (major === 20 && minor >= 19)) {
  const { sum, tensor } = require("@tapegrad/tensor");
  const { Linear } = require("@tapegrad/nn");
  const { syntheticDigits } = require("@tapegrad/data");
  for (const name of ["autograd", "optim", "formats", "models", "testing", "train"]) require(`@tapegrad/${name}`);
  if (new Linear(2, 3).forward(tensor([[1, 2]])).shape.join() !== "1,3") throw new Error("Linear is not what it is");
  if (sum(tensor([1, 2])).itemSync() !== 3 || syntheticDigits({ count: 2 }).length !== 2)
    throw new Error("wrong values");
  console.log(`require() loads every package on Node ${process.version}`);
} else console.log(`require() cannot load ES modules on Node ${process.version}: not tried`);
