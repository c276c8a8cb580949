const size = 28;

/** The digits of a tray as pictures: black ink on nothing. */
export function picturesOf(pixels: Uint8Array): ImageData[] {
  return Array.from({ length: pixels.length / size ** 2 }, (_, digit) => {
    const picture = new ImageData(size, size);
    for (let i = 0; i < size ** 2; i++) picture.data[4 * i + 3] = pixels[digit * size ** 2 + i]!;
    return picture;
  });
}
