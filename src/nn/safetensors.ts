/**
 * Files of tensors (https://huggingface.co/docs/safetensors): eight bytes with the length of the header, the header in
 * JSON, which says what the tensors are and where, and their elements, little-endian and row by row.
 */
import { describe, typeName } from '../describe.js';
import type { FloatTypedArray } from '../numeric.js';
import { inOperation } from '../options.js';
import { type ElementType, elementTypes } from './element-types.js';

/** A tensor of a state dict: its elements row by row, and its shape. */
export interface Tensor<A extends FloatTypedArray = FloatTypedArray> {
  readonly shape: readonly number[];
  readonly data: A;
}

/** The parameters of a network by name, as PyTorch's `state_dict()` has them. */
export type StateDict = Readonly<Record<string, Tensor>>;

export interface SafetensorsFile {
  readonly tensors: StateDict;
  readonly metadata: Readonly<Record<string, string>>;
}

/** What the header says of a tensor. */
interface Entry {
  readonly name: string;
  readonly type: ElementType;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

const METADATA = '__metadata__';
/** The reference implementation reads no longer headers. */
const MOST_HEADER_BYTES = 100_000_000;

/**
 * The tensors of a safetensors file, by name. F32 and F64 are views of its bytes where these are aligned, and copies
 * otherwise; F16 and BF16 become a Float32Array, integers and booleans a Float64Array, without loss. Throws an Error
 * that names the tensor where the file is not what its header says, or has a type or an integer that neither holds.
 */
export function readSafetensors(bytes: ArrayBufferLike | ArrayBufferView): SafetensorsFile {
  return inOperation('readSafetensors', () => {
    const [header, data] = headerAndData(bytesOf('bytes', bytes));
    const entries = Object.entries(header).filter(([name]) => name !== METADATA).map(([name, info]) => inOperation(label(name), () => entryOf(name, info)));
    entries.sort((a, b) => a.begin - b.begin || a.end - b.end);
    requireCovered(data.length, entries);
    const read = ({ name, type, begin, end }: Entry): FloatTypedArray => inOperation(label(name), () => type.read(data.subarray(begin, end)));
    return {
      tensors: dictionary(entries.map((entry) => [entry.name, { shape: entry.shape, data: read(entry) }])),
      metadata: dictionary(metadataOf(header[METADATA] ?? {})),
    };
  });
}

/**
 * The bytes of a safetensors file with these tensors, the same ones for the same tensors in whichever order. PyTorch
 * writes the metadata `{ format: 'pt' }`, which some readers insist on.
 */
export function writeSafetensors(tensors: StateDict, metadata?: Readonly<Record<string, string>>): Uint8Array<ArrayBuffer> {
  return inOperation('writeSafetensors', () => {
    if (!isRecord(tensors)) throw new TypeError(`tensors must be an object, got ${describe(tensors)}`);
    const sorted = Object.entries(tensors).map(([name, tensor]) => inOperation(label(name), () => checkedTensor(name, tensor)));
    // As the reference implementation: what needs the widest alignment first, then by name.
    sorted.sort((a, b) => b.data.BYTES_PER_ELEMENT - a.data.BYTES_PER_ELEMENT || (a.name < b.name ? -1 : 1));
    const items = metadata === undefined ? [] : [item(METADATA, dictionary(metadataOf(metadata)))];
    let length = 0;
    for (const { name, shape, data } of sorted) {
      items.push(item(name, { dtype: data.BYTES_PER_ELEMENT === 8 ? 'F64' : 'F32', shape, data_offsets: [length, length += data.byteLength] }));
    }
    const header = new TextEncoder().encode(`{${items.join(',')}}`);
    let position = 8 + Math.ceil(header.length / 8) * 8;
    const file = new Uint8Array(position + length);
    new DataView(file.buffer).setBigUint64(0, BigInt(position - 8), true);
    file.fill(0x20, 8, position);
    file.set(header, 8);
    for (const { data } of sorted) {
      file.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), position);
      position += data.byteLength;
    }
    return file;
  });
}

const label = (name: string): string => `tensor ${JSON.stringify(name)}`;
const item = (key: string, value: unknown): string => `${JSON.stringify(key)}:${JSON.stringify(value)}`;

/** An object without a prototype: any name is an ordinary key of it. @internal */
export const dictionary = <T>(entries: readonly (readonly [string, T])[]): Record<string, T> =>
  Object.assign(Object.create(null) as Record<string, T>, Object.fromEntries(entries));

/** @internal */
export const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);

/** The bytes of a buffer or of a view of one. @internal */
export function bytesOf(argument: string, value: unknown): Uint8Array {
  if (ArrayBuffer.isView(value)) return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  // By its tag, since a buffer may come from another realm.
  if (/^\[object (Shared)?ArrayBuffer\]$/.test(Object.prototype.toString.call(value))) return new Uint8Array(value as ArrayBufferLike);
  throw new TypeError(`${argument} must be an ArrayBuffer or a view of one, got ${describe(value)}`);
}

/** The number of elements; a TypeError unless the shape is one. @internal */
export function elementCount(shape: unknown): number {
  const legal = Array.isArray(shape) && shape.every((size) => Number.isSafeInteger(size) && size >= 0);
  if (!legal) throw new TypeError(`the shape must be an array of integers of at least 0, got ${Array.isArray(shape) ? JSON.stringify(shape) : describe(shape)}`);
  return (shape as number[]).reduce((product, size) => product * size, 1);
}

function headerAndData(file: Uint8Array): [header: Record<string, unknown>, data: Uint8Array] {
  if (file.length < 8) throw new Error(`the file has ${file.length} bytes; the length of the header alone takes 8`);
  const length = new DataView(file.buffer, file.byteOffset).getBigUint64(0, true);
  if (length > MOST_HEADER_BYTES) throw new Error(`the header would have ${length} bytes, more than the ${MOST_HEADER_BYTES} that are allowed`);
  const end = 8 + Number(length);
  if (end > file.length) throw new Error(`the header would end at byte ${end}, but the file has ${file.length}`);
  if (file[8] !== 0x7b || end === 8) throw new Error('the header does not begin with {');
  // A copy, since a decoder takes no shared memory.
  const bytes = file.slice(8, end);
  const text = inOperation('the header is not UTF-8', () => new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  const header = inOperation('the header is not JSON', () => JSON.parse(text) as Record<string, unknown>);
  requireUniqueKeys(text);
  return [header, file.subarray(end)];
}

/** For text that is JSON: of values with the same key, JSON.parse would take the last. */
function requireUniqueKeys(json: string): void {
  const open: Set<string>[] = [];
  // Where the string that is being read begins, and the one before it.
  let start = -1;
  let last = '';
  for (const { 0: token, index } of json.matchAll(/\\.|["{}:]/g)) {
    if (token === '"') [start, last] = start < 0 ? [index, ''] : [-1, json.slice(start, index + 1)];
    else if (start >= 0) continue;
    else if (token === '{') open.push(new Set());
    else if (token === '}') open.pop();
    else {
      const key = JSON.parse(last) as string;
      if (open.at(-1)!.has(key)) throw new Error(`the header has ${JSON.stringify(key)} twice`);
      open.at(-1)!.add(key);
    }
  }
}

function entryOf(name: string, info: unknown): Entry {
  if (!isRecord(info)) throw new Error(`the header must have an object for it, got ${describe(info)}`);
  const { dtype, shape, data_offsets: offsets } = info;
  const type = elementTypes.get(dtype);
  if (!type) throw new Error(`dtype must be one of ${[...elementTypes.keys()].join(', ')}, got ${describe(dtype)}`);
  const count = elementCount(shape);
  const legal = Array.isArray(offsets) && offsets.length === 2 && offsets.every((offset) => Number.isSafeInteger(offset) && offset >= 0);
  if (!legal) throw new Error(`data_offsets must be two integers of at least 0, got ${JSON.stringify(offsets)}`);
  const [begin, end] = offsets as [number, number];
  if (end - begin !== count * type.size) {
    throw new Error(`shape ${JSON.stringify(shape)} of ${dtype as string} takes ${count * type.size} bytes, but data_offsets ${JSON.stringify(offsets)} span ${end - begin}`);
  }
  return { name, type, shape: shape as number[], begin, end };
}

/** Entries in the order of their bytes must follow one another, and fill the data. */
function requireCovered(length: number, entries: readonly Entry[]): void {
  let covered = 0;
  for (const { name, begin, end } of entries) {
    if (begin < covered) throw new Error(`${label(name)} begins at byte ${begin} of the data, within another one that ends at ${covered}`);
    if (begin > covered) throw new Error(`${label(name)} begins at byte ${begin} of the data, and no tensor has the bytes from ${covered} on`);
    if (end > length) throw new Error(`${label(name)} ends at byte ${end} of the data, but the file has ${length} of them`);
    covered = end;
  }
  if (covered < length) throw new Error(`no tensor has the last ${length - covered} bytes`);
}

function metadataOf(metadata: unknown): [string, string][] {
  if (!isRecord(metadata)) throw new TypeError(`the metadata must be an object, got ${describe(metadata)}`);
  const entries = Object.entries(metadata);
  const wrong = entries.find(([, value]) => typeof value !== 'string');
  if (wrong) throw new TypeError(`the metadata must be strings, got ${describe(wrong[1])} for ${JSON.stringify(wrong[0])}`);
  return entries as [string, string][];
}

/** A tensor with its name. @internal */
export function checkedTensor(name: string, tensor: unknown): Tensor & { readonly name: string } {
  if (name === METADATA) throw new RangeError('the name is that of the metadata');
  if (!isRecord(tensor)) throw new TypeError(`it must be an object with shape and data, got ${describe(tensor)}`);
  const { shape, data } = tensor;
  if (!ArrayBuffer.isView(data) || !/^Float(32|64)Array$/.test(typeName(data))) throw new TypeError(`data must be a Float32Array or a Float64Array, got ${describe(data)}`);
  const { length } = data as FloatTypedArray;
  if (elementCount(shape) !== length) throw new RangeError(`shape ${JSON.stringify(shape)} has ${elementCount(shape)} elements, but data has ${length}`);
  return { name, shape: shape as number[], data: data as FloatTypedArray };
}
