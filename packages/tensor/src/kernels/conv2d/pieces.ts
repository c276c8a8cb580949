// How the work of a convolution is shared out among threads, by either method.

/** Channels whose gradients are laid out at once. The fewer they are, the more often the image that they meet is laid out. */
export const CHUNK_CHANNELS = 32;
/** Sums over parts of a batch, made independently and added in order. */
const MAX_PARTIALS = 16;

/** How many such sums there are. Each has so many `values`, and all of them may take `room`, in elements. */
export function partialSums(images: number, values: number, room: number): number {
  return Math.max(1, Math.min(images, MAX_PARTIALS, Math.floor(room / values)));
}
