import { createHash } from "node:crypto";
import type { Module } from "@tapegrad/nn";

/** The SHA-256 of all weights and buffers, with their names: equal for equal bits alone. */
export async function weightsSha256(model: Module): Promise<string> {
  const hash = createHash("sha256");
  for (const [name, tensor] of model.stateDict()) {
    const { buffer, byteOffset, byteLength } = await tensor.data();
    hash.update(name).update(new Uint8Array(buffer, byteOffset, byteLength));
  }
  return hash.digest("hex");
}
