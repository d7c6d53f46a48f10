/** Files of tensors: what the format allows is read, all else is an error that says where it is wrong, and what is written is read again. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type StateDict, type Tensor, readSafetensors, writeSafetensors } from '../src/nn/safetensors.js';
import { errorOf, expectSame } from './support.js';

/** A file with this header, as it stands or as JSON, and these bytes. */
function file(header: unknown, data: ArrayLike<number> = [], length?: number | bigint): Uint8Array<ArrayBuffer> {
  const text = new TextEncoder().encode(typeof header === 'string' ? header : JSON.stringify(header));
  const bytes = new Uint8Array(8 + text.length + data.length);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(length ?? text.length), true);
  bytes.set(text, 8);
  bytes.set(data, 8 + text.length);
  return bytes;
}

const bytesOf = (elements: ArrayBufferView): Uint8Array => new Uint8Array(elements.buffer, elements.byteOffset, elements.byteLength);
const zeros = (length: number): Uint8Array => new Uint8Array(length);
const f32 = (shape: readonly unknown[], begin: number, end: number): object => ({ dtype: 'F32', shape, data_offsets: [begin, end] });

/** The one tensor of a file with elements of a type. */
function single(dtype: string, elements: ArrayBufferView, length: number): Tensor {
  return readSafetensors(file({ x: { dtype, shape: [length], data_offsets: [0, elements.byteLength] } }, bytesOf(elements))).tensors.x!;
}

function expectRejected(bytes: unknown, ...parts: readonly string[]): void {
  const { message } = errorOf(() => readSafetensors(bytes as Uint8Array));
  for (const part of ['readSafetensors: ', ...parts]) expect(message).toContain(part);
}

describe('readSafetensors', () => {
  it('tensors in any order, scalars, empty ones and metadata', () => {
    const header = { late: f32([2, 1], 4, 12), __metadata__: { format: 'pt', note: 'ü "{}' }, scalar: f32([], 0, 4), empty: f32([0, 3], 12, 12) };
    const { tensors, metadata } = readSafetensors(file(header, bytesOf(Float32Array.of(1, 2, 3))));
    expect(Object.keys(tensors).sort()).toEqual(['empty', 'late', 'scalar']);
    expect(Object.values(tensors).map(({ shape }) => shape)).toEqual([[], [2, 1], [0, 3]]);
    expectSame(tensors.scalar!.data, [1]);
    expectSame(tensors.late!.data, [2, 3]);
    expect(tensors.empty!.data).toEqual(new Float32Array(0));
    expect({ ...metadata }).toEqual({ format: 'pt', note: 'ü "{}' });
  });

  it('no tensors, spaces after the header, and no metadata', () => {
    for (const header of ['{}', '{}      ', '{"__metadata__":{}}']) {
      expect(readSafetensors(file(header))).toEqual({ tensors: {}, metadata: {} });
    }
  });

  it('names that every object has', () => {
    const names = ['__proto__', 'constructor', 'toString', '0'];
    const items = names.map((name, i) => `"${name}":${JSON.stringify(f32([1], 4 * i, 4 * i + 4))}`);
    const { tensors, metadata } = readSafetensors(file(`{${items.join()},"__metadata__":{"__proto__":"x"}}`, bytesOf(Float32Array.of(1, 2, 3, 4))));
    expect(names.map((name) => tensors[name]!.data[0])).toEqual([1, 2, 3, 4]);
    expect(metadata.__proto__).toBe('x');
    expect(['hasOwnProperty' in tensors, 'toString' in metadata]).toEqual([false, false]);
  });

  it.each([
    ['F64', Float64Array.of(Math.PI, -0, 5e-324, Infinity)],
    ['F32', Float32Array.of(Math.PI, -0, 1e-45, NaN)],
  ] as const)('%s as it is', (dtype, elements) => {
    const { data } = single(dtype, elements, 4);
    expect(data.constructor).toBe(elements.constructor);
    expectSame(data, elements);
  });

  it.each([
    ['F16', Uint16Array.of(0x3c00, 0xc000, 0x7bff, 0x0001, 0x83ff, 0x0400, 0x8000, 0x7c00, 0xfc00, 0x7e00, 0x3555), [1, -2, 65504, 2 ** -24, -1023 * 2 ** -24, 2 ** -14, -0, Infinity, -Infinity, NaN, 1365 * 2 ** -12]],
    ['BF16', Uint16Array.of(0x3f80, 0xc049, 0x0001, 0x8000, 0x7f80, 0x7fc0), [1, -3.140625, 2 ** -133, -0, Infinity, NaN]],
  ] as const)('%s as float32', (dtype, elements, expected) => {
    const { data } = single(dtype, elements, elements.length);
    expect(data).toBeInstanceOf(Float32Array);
    expectSame(data, expected);
  });

  it.each([
    ['I64', BigInt64Array.of(7n, -(2n ** 53n), 2n ** 62n), [7, -(2 ** 53), 2 ** 62]],
    ['U64', BigUint64Array.of(7n, 2n ** 53n, 2n ** 63n), [7, 2 ** 53, 2 ** 63]],
    ['I32', Int32Array.of(1, -1, -2147483648), [1, -1, -2147483648]],
    ['U32', Uint32Array.of(1, 4294967295), [1, 4294967295]],
    ['I16', Int16Array.of(-32768), [-32768]],
    ['U16', Uint16Array.of(65535), [65535]],
    ['I8', Int8Array.of(-128), [-128]],
    ['U8', Uint8Array.of(255), [255]],
    ['BOOL', Uint8Array.of(1, 0), [1, 0]],
  ] as const)('%s as float64', (dtype, elements, expected) => {
    const { data } = single(dtype, elements, elements.length);
    expect(data).toBeInstanceOf(Float64Array);
    expectSame(data, expected);
  });

  it('integers that float64 does not hold', () => {
    const header = { count: { dtype: 'I64', shape: [1], data_offsets: [0, 8] } };
    expectRejected(file(header, bytesOf(BigInt64Array.of(2n ** 53n + 1n))), 'tensor "count"', '9007199254740993');
  });

  it('buffers, shared ones too, and views at any offset', () => {
    const elements = Float32Array.of(1.5, -2);
    const header = JSON.stringify({ x: f32([2], 0, 8) });
    for (let spaces = 0; spaces < 8; spaces++) {
      const bytes = file(header + ' '.repeat(spaces), bytesOf(elements));
      const shared = new Uint8Array(new SharedArrayBuffer(bytes.length));
      shared.set(bytes);
      for (const form of [bytes.buffer, shared.buffer, shared, new DataView(bytes.buffer)]) expectSame(readSafetensors(form).tensors.x!.data, elements);
      for (let offset = 1; offset < 8; offset++) {
        const moved = new Uint8Array(bytes.length + 16);
        moved.set(bytes, offset);
        expectSame(readSafetensors(moved.subarray(offset, offset + bytes.length)).tensors.x!.data, elements);
      }
    }
  });

  it('float32 and float64 without a copy where they are aligned', () => {
    const bytes = writeSafetensors({ x: { shape: [1], data: Float32Array.of(1) }, y: { shape: [1], data: Float64Array.of(2) } });
    const { tensors } = readSafetensors(bytes);
    for (const { data } of Object.values(tensors)) expect(data.buffer).toBe(bytes.buffer);
  });

  it('what is no bytes', () => {
    expectRejected('file.safetensors', 'bytes must be an ArrayBuffer', 'got "file.safetensors"');
    expectRejected([1, 2], 'got an array of 2');
    expectRejected(null, 'got null');
  });

  it('files that are cut off', () => {
    const whole = file({ a: f32([2], 0, 8), b: f32([1], 8, 12) }, zeros(12));
    for (let length = 0; length < whole.length; length++) {
      const missing = whole.length - length;
      const part = length < 8 ? 'takes 8' : missing > 12 ? `the file has ${length}` : missing > 4 ? 'tensor "a" ends at byte 8' : 'tensor "b" ends at byte 12';
      expectRejected(whole.subarray(0, length), part);
    }
  });

  it.each([
    ['a length beyond the file', file('{}', [], 3), ['header would end at byte 11', 'the file has 10']],
    ['a length that no number holds', file('{}', [], 2n ** 64n - 1n), ['header would have 18446744073709551615 bytes', '100000000']],
    ['no header', file(''), ['header does not begin with {']],
    ['data in place of the header', file('', [0x7b, 0x7d]), ['header does not begin with {']],
    ['an array', file('[]'), ['header does not begin with {']],
    ['space at the beginning', file(' {}'), ['header does not begin with {']],
    ['no JSON', file('{"a":'), ['header is not JSON']],
    ['no UTF-8', file('{"a', [0xff, 0x22], 5), ['header is not UTF-8']],
    ['a name twice', file(`{"a":${JSON.stringify(f32([0], 0, 0))},"\\u0061":${JSON.stringify(f32([0], 0, 0))}}`), ['header has "a" twice']],
    ['metadata twice', file('{"__metadata__":{},"__metadata__":{}}'), ['header has "__metadata__" twice']],
    ['a key twice', file('{"a":{"dtype":"F32","dtype":"F64","shape":[],"data_offsets":[0,4]}}', zeros(4)), ['header has "dtype" twice']],
    ['metadata that is no object', file({ __metadata__: ['x'] }), ['metadata must be an object', 'an array of 1']],
    ['metadata that is no string', file({ __metadata__: { epoch: 3 } }), ['metadata must be strings', 'got 3 for "epoch"']],
  ])('headers: %s', (_, bytes, parts) => { expectRejected(bytes, ...parts); });

  it.each([
    ['no object', [], ['got an array of 0']],
    ['nothing', null, ['got null']],
    ['no type', { shape: [], data_offsets: [0, 4] }, ['dtype must be one of F64, F32', 'got undefined']],
    ['another type', { dtype: 'F8_E4M3', shape: [4], data_offsets: [0, 4] }, ['dtype', 'got "F8_E4M3"']],
    ['a type that every object has', { dtype: 'constructor', shape: [4], data_offsets: [0, 4] }, ['dtype', 'got "constructor"']],
    ['no shape', { dtype: 'F32', data_offsets: [0, 4] }, ['shape must be', 'got undefined']],
    ['a negative size', f32([-1], 0, 4), ['shape must be', '[-1]']],
    ['a broken size', f32([0.5, 2], 0, 4), ['shape must be', '[0.5,2]']],
    ['a size that is a string', f32(['1'], 0, 4), ['shape must be', '["1"]']],
    ['sizes without end', f32([2 ** 52, 2 ** 52], 0, 4), ['shape', 'data_offsets [0,4] span 4']],
    ['sizes without end and none', f32([...Array<number>(30).fill(2 ** 52), 0], 0, 0), ['data_offsets [0,0] span 0']],
    ['no offsets', { dtype: 'F32', shape: [1] }, ['data_offsets must be two integers', 'got undefined']],
    ['one offset', { dtype: 'F32', shape: [1], data_offsets: [4] }, ['data_offsets must be two integers', '[4]']],
    ['a negative offset', f32([1], -4, 0), ['data_offsets must be two integers', '[-4,0]']],
    ['an end before the beginning', f32([1], 4, 0), ['takes 4 bytes', 'span -4']],
    ['another length than the shape', f32([2], 0, 4), ['shape [2] of F32 takes 8 bytes', 'span 4']],
    ['an end beyond the file', f32([2], 0, 8), ['ends at byte 8', 'the file has 4']],
  ])('tensors: %s', (_, info, parts) => { expectRejected(file({ 'layer.weight': info }, zeros(4)), 'tensor "layer.weight"', ...parts); });

  it.each([
    ['overlap', { a: f32([2], 0, 8), b: f32([2], 4, 12) }, ['tensor "b" begins at byte 4', 'ends at 8']],
    ['are the same bytes', { a: f32([3], 0, 12), b: f32([3], 0, 12) }, ['tensor "b" begins at byte 0', 'ends at 12']],
    ['have an empty one within', { a: f32([3], 0, 12), b: f32([0], 4, 4) }, ['tensor "b" begins at byte 4']],
    ['leave a hole', { b: f32([1], 8, 12), a: f32([1], 0, 4) }, ['tensor "b" begins at byte 8', 'from 4 on']],
    ['begin late', { a: f32([2], 4, 12) }, ['tensor "a" begins at byte 4', 'from 0 on']],
    ['end early', { a: f32([2], 0, 8) }, ['no tensor has the last 4 bytes']],
    ['are none', {}, ['no tensor has the last 12 bytes']],
  ])('tensors that %s', (_, header, parts) => { expectRejected(file(header, zeros(12)), ...parts); });

  it('metadata of many characters that are escaped', () => {
    const note = '"\\{:}'.repeat(300_000);
    expect(readSafetensors(file({ __metadata__: { note } })).metadata.note).toBe(note);
  });
});

describe('writeSafetensors', () => {
  it('the bytes that the reference implementation writes', () => {
    const header =
      '{"__metadata__":{"format":"pt"},"d":{"dtype":"F64","shape":[],"data_offsets":[0,8]},"1":{"dtype":"F32","shape":[1,2],"data_offsets":[8,16]},' +
      '"e":{"dtype":"F32","shape":[0,4],"data_offsets":[16,16]}}   ';
    const tensors = { e: { shape: [0, 4], data: new Float32Array(0) }, 1: { shape: [1, 2], data: Float32Array.of(1, 2) }, d: { shape: [], data: Float64Array.of(Math.PI) } };
    const expected = file(header, [...bytesOf(Float64Array.of(Math.PI)), ...bytesOf(Float32Array.of(1, 2))]);
    expect(header.length % 8).toBe(0);
    expect(writeSafetensors(tensors, { format: 'pt' })).toEqual(expected);
    expect(writeSafetensors({})).toEqual(file('{}      '));
  });

  const tensor = fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 3 }).chain((shape): fc.Arbitrary<Tensor> => {
    const length = shape.reduce((product, size) => product * size, 1);
    const exact = { minLength: length, maxLength: length };
    return fc.record({ shape: fc.constant(shape), data: fc.oneof(fc.float32Array(exact), fc.float64Array(exact)) });
  });
  const name = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('__proto__', 'toString', '0', '0.weight')).filter((key) => key !== '__metadata__');

  it('is read again, whatever the tensors', () => {
    fc.assert(fc.property(fc.dictionary(name, tensor), fc.dictionary(name, fc.string({ unit: 'binary' })), (tensors, metadata) => {
      const bytes = writeSafetensors(tensors, metadata);
      const again = readSafetensors(bytes);
      expect(new DataView(bytes.buffer).getUint32(0, true) % 8).toBe(0);
      expect(Object.keys(again.tensors).sort()).toEqual(Object.keys(tensors).sort());
      for (const [key, { shape, data }] of Object.entries(tensors)) {
        expect(again.tensors[key]!.shape).toEqual(shape);
        expect(again.tensors[key]!.data.constructor).toBe(data.constructor);
        expectSame(again.tensors[key]!.data, data, key);
      }
      expect(Object.entries(again.metadata).sort()).toEqual(Object.entries(metadata).sort());
      expect(writeSafetensors(again.tensors, again.metadata)).toEqual(bytes);
    }));
  });

  it('parts of arrays, and no others of their elements', () => {
    const whole = Float32Array.of(1, 2, 3, 4);
    const { tensors } = readSafetensors(writeSafetensors({ x: { shape: [2], data: whole.subarray(1, 3) } }));
    expectSame(tensors.x!.data, [2, 3]);
  });

  const data = Float32Array.of(1, 2);
  it.each([
    ['no tensors', null, ['tensors must be an object', 'got null']],
    ['an array', [], ['tensors must be an object', 'got an array of 0']],
    ['no tensor', { w: null }, ['tensor "w"', 'got null']],
    ['an array in place of a tensor', { w: data }, ['tensor "w"', 'data must be', 'got undefined']],
    ['no data', { w: { shape: [2] } }, ['tensor "w"', 'data must be', 'got undefined']],
    ['an array of another type', { w: { shape: [2], data: Int32Array.of(1, 2) } }, ['tensor "w"', 'data must be', 'got Int32Array(2)']],
    ['a list', { w: { shape: [2], data: [1, 2] } }, ['tensor "w"', 'data must be', 'got an array of 2']],
    ['no shape', { w: { data } }, ['tensor "w"', 'shape must be', 'got undefined']],
    ['no legal shape', { w: { shape: [-2], data } }, ['tensor "w"', 'shape must be', '[-2]']],
    ['another shape', { ok: { shape: [2], data }, w: { shape: [2, 2], data } }, ['tensor "w"', 'shape [2,2] has 4 elements', 'data has 2']],
    ['a scalar with more elements', { w: { shape: [], data } }, ['tensor "w"', 'shape [] has 1 elements', 'data has 2']],
    ['the name of the metadata', { __metadata__: { shape: [2], data } }, ['tensor "__metadata__"', 'metadata']],
  ])('%s', (_, tensors, parts) => {
    const { message } = errorOf(() => writeSafetensors(tensors as unknown as StateDict));
    for (const part of ['writeSafetensors: ', ...parts]) expect(message).toContain(part);
  });

  it('metadata that is not of strings', () => {
    for (const [metadata, part] of [[{ epoch: 3 }, 'got 3 for "epoch"'], [null, 'got null'], ['pt', 'got "pt"']] as const) {
      const { message } = errorOf(() => writeSafetensors({}, metadata as never));
      for (const text of ['writeSafetensors: ', 'metadata must be', part]) expect(message).toContain(text);
    }
  });
});
