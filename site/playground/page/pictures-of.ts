const size = 28;
/** Pictures are made larger than they are, for screens with small pixels. */
const shownSize = 2 * size;

/** The digits of a tray as addresses of pictures: black ink on nothing. */
export function picturesOf(pixels: Uint8Array): string[] {
  const [small, large] = [contextOf(size), contextOf(shownSize)];
  const picture = small.createImageData(size, size);
  return Array.from({ length: pixels.length / size ** 2 }, (_, digit) => {
    for (let i = 0; i < size ** 2; i++) picture.data[4 * i + 3] = pixels[digit * size ** 2 + i]!;
    small.putImageData(picture, 0, 0);
    large.clearRect(0, 0, shownSize, shownSize);
    large.drawImage(small.canvas, 0, 0, shownSize, shownSize);
    return large.canvas.toDataURL();
  });
}

function contextOf(width: number): CanvasRenderingContext2D {
  const canvas = Object.assign(document.createElement("canvas"), { width, height: width });
  return canvas.getContext("2d", { willReadFrequently: true })!;
}
