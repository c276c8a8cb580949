const size = 28;

/** The digits of a tray as addresses of pictures: black ink on nothing. */
export function picturesOf(pixels: Uint8Array): string[] {
  const canvas = Object.assign(document.createElement("canvas"), { width: size, height: size });
  const context = canvas.getContext("2d", { willReadFrequently: true })!;
  const picture = context.createImageData(size, size);
  return Array.from({ length: pixels.length / size ** 2 }, (_, digit) => {
    for (let i = 0; i < size ** 2; i++) picture.data[4 * i + 3] = pixels[digit * size ** 2 + i]!;
    context.putImageData(picture, 0, 0);
    return canvas.toDataURL();
  });
}
