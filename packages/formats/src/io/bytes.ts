/**
 * A `Uint8Array` on memory that is not shared, as `Blob` wants it: what TypeScript calls `Uint8Array<ArrayBuffer>` from 5.7 on, and
 * `Uint8Array` before.
 */
export type Bytes = ReturnType<Uint8ArrayConstructor["of"]>;
