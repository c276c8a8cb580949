// gpu.js is in the package; the native packages that it may use are not, and are asked for by name.
import { Linear } from "@tapegrad/nn/linear";
import { randn, useDevice } from "@tapegrad/tensor";

for (const device of ["gpu:cpu", "gpu:webasm"]) {
  await useDevice(device);
  const scores = await new Linear(4, 3).forward(randn([2, 4])).data();
  if (!scores.every(Number.isFinite)) throw new Error(`${device} computes ${scores}`);
}
for (const [device, wanted] of [
  ["gpu:webgpu", '"webgpu"'],
  ["gpu:headlessgl", '"gl"'],
]) {
  const message = await useDevice(device).then(
    () => "it is there",
    (error) => error.message,
  );
  if (!message.includes(wanted)) throw new Error(`${device}: expected a message about ${wanted}, got: ${message}`);
}
console.log("gpu.js computes, and says what its native modes would need");
