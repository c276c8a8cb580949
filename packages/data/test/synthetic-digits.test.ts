import { createHash } from "node:crypto";
import { syntheticDigits } from "@tapegrad/data";
import { ValueError } from "@tapegrad/tensor";
import { describe, expect, test } from "vitest";

const pictureSize = 28 * 28;

describe("syntheticDigits", () => {
  test("the same seed gives the same pictures on every machine", () => {
    const { images, labels } = syntheticDigits({ count: 50, seed: 3 });
    expect(createHash("sha256").update(images).update(labels).digest("hex")).toBe(
      "af9c1c8666f0e4a2eb9c68dd19fb880f27bca0b4a2e82e0f9af7619bccae6c8e",
    );
  });

  test("fewer digits are the first of more", () => {
    const [few, many] = [syntheticDigits({ count: 20, seed: 1 }), syntheticDigits({ count: 100, seed: 1 })];
    expect(many.images.subarray(0, few.images.length)).toEqual(few.images);
    expect(many.labels.subarray(0, 20)).toEqual(few.labels);
  });

  test("another seed gives other pictures, and no two pictures are alike", () => {
    const pictures = [0, 1].flatMap((seed) => {
      const { images } = syntheticDigits({ count: 500, seed });
      return Array.from({ length: 500 }, (_, i) => images.subarray(i * pictureSize, (i + 1) * pictureSize).join());
    });
    expect(new Set(pictures).size).toBe(1000);
  });

  test("all ten digits come equally often", () => {
    const counts = Array.from({ length: 10 }, () => 0);
    for (const label of syntheticDigits({ count: 5000 }).labels) counts[label]!++;
    for (const count of counts) expect(Math.abs(count - 500)).toBeLessThan(100);
  });

  test("every picture has ink, mostly paper, and a margin that is nearly empty", () => {
    const { images } = syntheticDigits({ count: 500, seed: 2 });
    for (let i = 0; i < 500; i++) {
      const picture = images.subarray(i * pictureSize, (i + 1) * pictureSize);
      const inked = picture.filter((byte) => byte > 128).length;
      expect(inked).toBeGreaterThan(10);
      expect(inked).toBeLessThan(pictureSize * 0.4);
      const corners = [0, 27, pictureSize - 28, pictureSize - 1].map((at) => picture[at]!);
      expect(Math.max(...corners)).toBeLessThan(100);
    }
  });

  test("pictures of a digit are nearer to its mean than to others', mostly: they can be told apart", () => {
    const train = syntheticDigits({ count: 2000, seed: "means" });
    const means = Array.from({ length: 10 }, () => new Float64Array(pictureSize));
    train.labels.forEach((label, i) =>
      means[label]!.forEach((_, k, mean) => (mean[k]! += train.images[i * pictureSize + k]!)),
    );
    for (const mean of means) normalise(mean);
    const held = syntheticDigits({ count: 500, seed: "held out" });
    let right = 0;
    held.labels.forEach((label, i) => {
      const picture = held.images.subarray(i * pictureSize, (i + 1) * pictureSize);
      const scores = means.map((mean) => mean.reduce((total, value, k) => total + value * picture[k]!, 0));
      if (scores.indexOf(Math.max(...scores)) === label) right++;
    });
    expect(right / held.length).toBeGreaterThan(0.5);
    expect(right / held.length).toBeLessThan(0.95);
  });

  test("a batch has a mean near 0 and a deviation near 1", () => {
    const values = syntheticDigits({ count: 1000, seed: 5 })
      .getBatch(Array.from({ length: 1000 }, (_, i) => i))
      .inputs.dataSync() as Float32Array;
    const mean = values.reduce((a, b) => a + b, 0) / values.length;
    const variance = values.reduce((a, b) => a + (b - mean) ** 2, 0) / values.length;
    expect(Math.abs(mean)).toBeLessThan(0.03);
    expect(Math.abs(variance - 1)).toBeLessThan(0.05);
  });

  test.each([0, -1, 2.5, Number.NaN])("refuses %d digits", (count) => {
    expect(() => syntheticDigits({ count })).toThrow(ValueError);
  });
});

function normalise(vector: Float64Array): void {
  const length = Math.hypot(...vector);
  vector.forEach((value, i) => (vector[i] = value / length));
}
