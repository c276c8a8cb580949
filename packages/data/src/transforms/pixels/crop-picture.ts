import { blankPicture, type Picture } from "../../pictures/picture.ts";

/** The part of a picture that begins `top` rows down and `left` columns to the right; it must lie within the picture. */
export function cropPicture(picture: Picture, top: number, left: number, height: number, width: number): Picture {
  const part = blankPicture(width, height);
  for (let y = 0; y < height; y++) {
    const from = ((top + y) * picture.width + left) * 3;
    part.data.set(picture.data.subarray(from, from + width * 3), y * width * 3);
  }
  return part;
}
