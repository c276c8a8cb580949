import { FormatError } from "@tapegrad/tensor";
import type { ByteSource } from "../byte-source.ts";
import type { FileTensor } from "../file-tensor.ts";
import { findGlobal } from "./globals.ts";
import { NumpyDType, UnfilledArray, arrayOfState, setDTypeState } from "./numpy-globals.ts";
import { opcode, opcodeName } from "./opcode.ts";
import { PickleGlobal } from "./pickle-global.ts";
import type { PickleHost } from "./pickle-global.ts";
import { PickleReader } from "./pickle-reader.ts";
import { Namespace, OrderedDict, Tuple } from "./torch-value.ts";
import type { TorchKey, TorchValue } from "./torch-value.ts";

/** Bounds that a checkpoint's pickle, which holds no tensor data, stays far below. */
const limits = {
  /** Containers, tensors and storages made. */
  objects: 2 ** 20,
  memo: 2 ** 22,
  /** Entries of dicts and sets, which calls that can be repeated copy at the cost of a byte or two. */
  copies: 2 ** 22,
};

/** What a pickle is read with. */
export interface UnpickleOptions {
  /** The file. */
  readonly source: ByteSource;
  /** Answers a persistent id: how PyTorch names storages. */
  readonly persistentLoad: (id: unknown) => unknown;
}

/**
 * Runs the pickle that begins at `start` and returns the object it makes and where it ends.
 *
 * Nothing is ever imported or called but the globals that tensors, plain values and what stands beside them need, each of
 * which is a function of ours; dicts are Maps, so no key reaches a prototype. Every other global and opcode is refused by
 * name. The machine has no recursion and is bounded in the objects that it makes. What it returns may be cyclic or hold
 * storages; `checkTree` refuses that.
 *
 * @throws EndOfPickle if the bytes end before the pickle does. @throws FormatError if it is damaged or refused.
 * @see CPython's Lib/pickletools.py, which defines the opcodes
 */
export function unpickle(bytes: Uint8Array, start: number, options: UnpickleOptions): { value: unknown; end: number } {
  const machine = new PickleMachine(new PickleReader(options.source.name, bytes, start), options, bytes.length);
  const value = machine.run();
  return { value, end: machine.position };
}

class PickleMachine implements PickleHost {
  readonly file: string;
  readonly source: ByteSource;
  readonly #reader: PickleReader;
  readonly #persistentLoad: UnpickleOptions["persistentLoad"];
  readonly #stack: unknown[] = [];
  /** Heights of the stack where MARK was seen. */
  readonly #marks: number[] = [];
  readonly #memo = new Map<number, unknown>();
  /** Bytes that calls may still copy. */
  #bytesLeft: number;
  #objects = 0;
  #copies = 0;

  constructor(reader: PickleReader, { source, persistentLoad }: UnpickleOptions, bytes: number) {
    this.file = source.name;
    this.source = source;
    this.#bytesLeft = bytes;
    this.#reader = reader;
    this.#persistentLoad = persistentLoad;
  }

  get position(): number {
    return this.#reader.position;
  }

  run(): unknown {
    for (;;) {
      const code = this.#reader.uint8();
      if (code === opcode.STOP) break;
      this.#step(code);
    }
    const value = this.#pop();
    if (this.#stack.length > 0 || this.#marks.length > 0) throw this.#error("ends with values left over");
    return value;
  }

  setItem(dict: Map<TorchKey, TorchValue>, key: unknown, value: unknown): void {
    if (!isKey(key)) throw this.#error("has a dict whose key is neither text nor a number nor None");
    if (++this.#copies > limits.copies) throw this.#error(`sets more than ${limits.copies} dict entries`);
    dict.set(key, value as TorchValue);
  }

  addItem(set: Set<TorchValue>, item: unknown): void {
    if (!isKey(item) && !(item instanceof Tuple || item instanceof Uint8Array || item instanceof Set))
      throw this.#error("has a set of something that sets do not hold");
    if (++this.#copies > limits.copies) throw this.#error(`adds more than ${limits.copies} items to sets`);
    set.add(item);
  }

  countBytes(bytes: number): void {
    this.#bytesLeft -= bytes;
    if (this.#bytesLeft < 0) throw this.#error("copies more bytes than it has");
  }

  #step(code: number): void {
    const reader = this.#reader;
    switch (code) {
      case opcode.PROTO:
        return this.#checkProtocol(reader.uint8());
      case opcode.FRAME:
        reader.uint64();
        return;

      case opcode.NONE:
        return this.#push(null);
      case opcode.NEWTRUE:
        return this.#push(true);
      case opcode.NEWFALSE:
        return this.#push(false);
      case opcode.BININT:
        return this.#push(reader.int32());
      case opcode.BININT1:
        return this.#push(reader.uint8());
      case opcode.BININT2:
        return this.#push(reader.uint16());
      case opcode.LONG1:
        return this.#push(reader.integer(reader.uint8()));
      case opcode.LONG4:
        return this.#push(reader.integer(this.#length(reader.int32())));
      case opcode.BINFLOAT:
        return this.#push(reader.float64());

      // Python 2 wrote text as strings of bytes; PyTorch reads them as UTF-8.
      case opcode.SHORT_BINSTRING:
      case opcode.SHORT_BINUNICODE:
        return this.#push(reader.text(reader.uint8()));
      case opcode.BINSTRING:
        return this.#push(reader.text(this.#length(reader.int32())));
      case opcode.BINUNICODE:
        return this.#push(reader.text(reader.uint32()));
      case opcode.BINUNICODE8:
        return this.#push(reader.text(reader.uint64()));
      case opcode.SHORT_BINBYTES:
        return this.#make(reader.bytes(reader.uint8()).slice());
      case opcode.BINBYTES:
        return this.#make(reader.bytes(reader.uint32()).slice());
      case opcode.BINBYTES8:
        return this.#make(reader.bytes(reader.uint64()).slice());

      case opcode.EMPTY_LIST:
        return this.#make([]);
      case opcode.EMPTY_TUPLE:
        return this.#make(new Tuple([]));
      case opcode.EMPTY_DICT:
        return this.#make(new Map());
      case opcode.EMPTY_SET:
        return this.#make(new Set());
      case opcode.BYTEARRAY8:
        return this.#make(reader.bytes(reader.uint64()).slice());
      case opcode.LIST:
        return this.#make(this.#popToMark());
      case opcode.DICT:
        return this.#setItems(new Map(), this.#popToMark(), true);
      case opcode.TUPLE:
        return this.#make(new Tuple(this.#popToMark() as TorchValue[]));
      case opcode.TUPLE1:
        return this.#makeTuple(1);
      case opcode.TUPLE2:
        return this.#makeTuple(2);
      case opcode.TUPLE3:
        return this.#makeTuple(3);
      case opcode.ADDITEMS: {
        const items = this.#popToMark();
        const set = this.#top();
        if (!(set instanceof Set)) throw this.#error("adds items to something other than a set");
        return this.#addItems(set as Set<TorchValue>, items);
      }
      case opcode.FROZENSET: {
        const set = new Set<TorchValue>();
        this.#addItems(set, this.#popToMark());
        return this.#make(set);
      }
      case opcode.APPEND:
        return this.#append([this.#pop()]);
      case opcode.APPENDS:
        return this.#append(this.#popToMark());
      case opcode.SETITEM: {
        const value = this.#pop();
        return this.#setItems(this.#dict(1), [this.#pop(), value]);
      }
      case opcode.SETITEMS: {
        const items = this.#popToMark();
        return this.#setItems(this.#dict(0), items);
      }

      case opcode.MARK:
        this.#marks.push(this.#stack.length);
        return;
      case opcode.POP:
        // A mark on top of the stack counts as a value here.
        if (this.#marks.at(-1) === this.#stack.length) this.#marks.pop();
        else this.#pop();
        return;
      case opcode.POP_MARK:
        this.#popToMark();
        return;
      case opcode.DUP:
        return this.#push(this.#top());

      case opcode.BINPUT:
        return this.#remember(reader.uint8());
      case opcode.LONG_BINPUT:
        return this.#remember(reader.uint32());
      case opcode.MEMOIZE:
        return this.#remember(this.#memo.size);
      case opcode.BINGET:
        return this.#recall(reader.uint8());
      case opcode.LONG_BINGET:
        return this.#recall(reader.uint32());

      case opcode.GLOBAL: {
        const module = reader.line();
        return this.#push(findGlobal(this.file, module, reader.line()));
      }
      case opcode.STACK_GLOBAL: {
        const name = this.#pop();
        const module = this.#pop();
        if (typeof module !== "string" || typeof name !== "string")
          throw this.#error("names a global by something other than text");
        return this.#push(findGlobal(this.file, module, name));
      }
      case opcode.REDUCE: {
        const args = this.#pop();
        const callee = this.#pop();
        if (!(callee instanceof PickleGlobal) || !(args instanceof Tuple))
          throw this.#error("calls something that is no known global");
        if (callee.call === null) throw this.#error(`calls ${callee.name}, which may only be named: refused`);
        return this.#make(callee.call(args.items, this));
      }
      case opcode.NEWOBJ: {
        const args = this.#pop();
        const type = this.#pop();
        if (!(type instanceof PickleGlobal) || type.construct === null || !(args instanceof Tuple))
          throw this.#error("uses the opcode NEWOBJ for something other than a namespace: refused");
        return this.#make(type.construct(args.items, this));
      }
      case opcode.BUILD:
        return this.#build(this.#pop());
      case opcode.BINPERSID:
        return this.#make(this.#persistentLoad(this.#pop()));
    }
    throw this.#error(`uses the opcode ${opcodeName(code)}, which no tensor needs: refused`);
  }

  #checkProtocol(protocol: number): void {
    if (protocol < 2 || protocol > 5) throw this.#error(`has protocol ${protocol}; 2 to 5 are read`);
  }

  /** Gives what is on top its state: an OrderedDict or namespace its attributes, a numpy dtype or array what it is of. */
  #build(state: unknown): void {
    const target = this.#top();
    if (target instanceof NumpyDType) return setDTypeState(target, state, this);
    if (target instanceof UnfilledArray) return this.#fill(target, arrayOfState(state, this));
    const attributes = target instanceof OrderedDict ? target.attributes : target instanceof Namespace ? target : null;
    if (attributes === null || !(state instanceof Map))
      throw this.#error("sets the state of something other than an OrderedDict, a namespace or an array: refused");
    for (const [name, value] of state as Map<unknown, TorchValue>) {
      if (typeof name !== "string") throw this.#error("sets an attribute whose name is no text");
      this.setItem(attributes as Map<TorchKey, TorchValue>, name, value);
    }
  }

  /** Puts an array where it is on top of the stack, and where it was remembered. */
  #fill(unfilled: UnfilledArray, array: FileTensor): void {
    this.#stack[this.#stack.length - 1] = array;
    for (const index of unfilled.places.splice(0)) if (this.#memo.get(index) === unfilled) this.#memo.set(index, array);
  }

  #addItems(set: Set<TorchValue>, items: readonly unknown[]): void {
    for (const item of items) this.addItem(set, item);
  }

  #append(items: readonly unknown[]): void {
    const list = this.#top();
    if (!Array.isArray(list)) throw this.#error("appends to something other than a list");
    for (const item of items) list.push(item);
  }

  /** The dict under `above` values. */
  #dict(above: number): Map<TorchKey, TorchValue> {
    const dict = this.#stack.at(-1 - above);
    if (!(dict instanceof Map)) throw this.#error("sets items of something other than a dict");
    return dict as Map<TorchKey, TorchValue>;
  }

  #setItems(dict: Map<TorchKey, TorchValue>, items: readonly unknown[], push = false): void {
    if (items.length % 2 !== 0) throw this.#error("has a dict with a key but no value");
    for (let i = 0; i < items.length; i += 2) this.setItem(dict, items[i], items[i + 1]);
    if (push) this.#make(dict);
  }

  #makeTuple(length: number): void {
    if (this.#stack.length - (this.#marks.at(-1) ?? 0) < length) throw this.#error("takes values off an empty stack");
    this.#make(new Tuple(this.#stack.splice(-length) as TorchValue[]));
  }

  #push(value: unknown): void {
    this.#stack.push(value);
  }

  /** Pushes something new. */
  #make(object: unknown): void {
    if (++this.#objects > limits.objects) throw this.#error(`makes more than ${limits.objects} objects`);
    this.#stack.push(object);
  }

  #top(): unknown {
    if (this.#stack.length <= (this.#marks.at(-1) ?? 0)) throw this.#error("takes values off an empty stack");
    return this.#stack.at(-1);
  }

  #pop(): unknown {
    const value = this.#top();
    this.#stack.pop();
    return value;
  }

  #popToMark(): unknown[] {
    const mark = this.#marks.pop();
    if (mark === undefined) throw this.#error("lacks a mark");
    return this.#stack.splice(mark);
  }

  #remember(index: number): void {
    const value = this.#top();
    this.#memo.set(index, value);
    if (value instanceof UnfilledArray) value.places.push(index);
    if (this.#memo.size > limits.memo) throw this.#error(`remembers more than ${limits.memo} values`);
  }

  #recall(index: number): void {
    if (!this.#memo.has(index)) throw this.#error(`recalls value ${index}, which it did not remember`);
    this.#push(this.#memo.get(index));
  }

  #length(length: number): number {
    if (length < 0) throw this.#error(`has a negative length, ${length}`);
    return length;
  }

  #error(problem: string): FormatError {
    return new FormatError(this.file, `its pickle ${problem} (before byte ${this.position})`);
  }
}

function isKey(value: unknown): value is TorchKey {
  return value === null || ["boolean", "number", "bigint", "string"].includes(typeof value);
}
