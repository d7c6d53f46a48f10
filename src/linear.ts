import { type FloatArray, WasmArray, matching, none, ofType, typedArray } from './arrays.js';
import { apart, borrowing, byRows, requireApart, rowsIn, rowsOut } from './blocks.js';
import { describe } from './describe.js';
import type { Engine, Kernel } from './engine.js';
import { type Heap, STAGING } from './heap.js';
import { LayerGradient, layerForward } from './layer.js';
import { Matrices } from './matrices.js';
import { type ActivationLike, named } from './named.js';
import type { FloatTypedArray } from './numeric.js';
import { type Direction, type OutOption, Parameters, type Prepared, createLike, destination, ready, rowOf } from './operations.js';
import { allow, checkedBoolean, checkedCount, checkedOptions } from './options.js';
import { PackedWeights } from './packed-weights.js';
import { lengthOf, numberOf, placesOf } from './places.js';
import { type LinearSizes, layerSizes } from './sizes.js';

export interface LinearOptions extends LinearSizes {
  /** An elementwise function applied to x Wᵀ + b while it is in the cache: `'relu'`, `relu`, or `{ op: leakyRelu, alpha: 0.1 }`. */
  readonly activation?: ActivationLike | undefined;
  /** Beside an activation: where x Wᵀ + b goes, if it is to be kept for `backward`. */
  readonly z?: FloatArray | undefined;
}

export interface LinearBackwardOptions extends LinearSizes {
  /** The activation of the forward call: dy is the gradient of its output. It needs y or z. */
  readonly activation?: ActivationLike | undefined;
  /** The output of the forward call, where the derivative is a function of it (those with `backwardFromOutput`). */
  readonly y?: FloatArray | undefined;
  /** The sums before the activation, which any derivative is a function of. */
  readonly z?: FloatArray | undefined;
  /** Whether dWeight and dBias, which then have to be given, are added to. dx is always written. */
  readonly accumulate?: boolean | undefined;
}

/** Where gradients go: absent, into a new array; null, not computed. */
export interface LinearGradientTargets {
  readonly dx?: FloatArray | null | undefined;
  readonly dWeight?: FloatArray | null | undefined;
  readonly dBias?: FloatArray | null | undefined;
}

export interface LinearGradients<X extends FloatArray = FloatTypedArray> {
  /** dy W, [rows, inFeatures] */
  readonly dx: X;
  /** dyᵀ x, [outFeatures, inFeatures] */
  readonly dWeight: X;
  /** The sum of the rows of dy, [outFeatures] */
  readonly dBias: X;
}

type BackwardCall = LinearBackwardOptions & { readonly out?: LinearGradientTargets | undefined };

export interface Linear {
  /** y = f(x Wᵀ + b): x [rows, inFeatures], weight [outFeatures, inFeatures] as PyTorch has it or packed, bias [outFeatures], y [rows, outFeatures]. */
  <O extends FloatArray>(x: FloatArray, weight: FloatArray | PackedWeights, bias: FloatArray | null | undefined, options: LinearOptions & { readonly out: O }): O;
  <X extends FloatArray>(x: X, weight: FloatArray | PackedWeights, bias?: FloatArray | null, options?: LinearOptions & { readonly out?: undefined }): X;
  /** The gradients of the input, the weight and the bias from that of the output. */
  backward<X extends FloatArray, T extends LinearGradientTargets = object>(
    dy: FloatArray, x: X, weight: FloatArray | PackedWeights, options?: LinearBackwardOptions & { readonly out?: T | undefined },
  ): { readonly [K in keyof LinearGradients]: K extends keyof T ? (T[K] extends undefined ? X : T[K]) : X };
}

/** Rows of an ordinary array that are taken into wasm memory at a time at the least. */
const ROWS_AT_A_TIME = 256;

const FORWARD = 'linear';
const BACKWARD = 'linear.backward';
const SIZES = ['rows', 'inFeatures', 'outFeatures'];
const FORWARD_OPTIONS = allow(...SIZES, 'activation', 'z', 'out');
const BACKWARD_OPTIONS = allow(...SIZES, 'activation', 'y', 'z', 'accumulate', 'out');
const GRADIENTS = allow('dx', 'dWeight', 'dBias');
const KEYS = ['dx', 'dWeight', 'dBias'] as const;
const OUTPUTS = ['out', 'z'];
const TARGETS = KEYS.map((key) => `out.${key}`);

export function linear(engine: () => Engine, activations: object): Linear {
  const forwardKernel = kernelsAtTheEnd(FORWARD, activations);
  const backwardKernel = kernelsAtTheEnd(BACKWARD, activations);

  /** Forward where everything is in the heap: no view has to be made, nor memory to be found. Returns whether it is. */
  function forwardInHeap(current: Engine, x: FloatArray, weight: FloatArray | PackedWeights, bias: FloatArray | null | undefined, options: (LinearOptions & OutOption) | undefined): boolean {
    if (!(x instanceof WasmArray) || !options?.out) return false;
    const { heap } = current;
    const { out, z, activation } = options;
    const isPacked = weight instanceof PackedWeights;
    const n = isPacked ? weight.outFeatures : bias == null ? numberOf(options.outFeatures) : lengthOf(bias);
    const k = isPacked ? weight.inFeatures : lengthOf(weight) / n;
    const rows = x.length / k;
    const size = x.type.BYTES_PER_ELEMENT;
    const matrices = new Matrices(current, size);
    if (!fits(options, rows, k, n) || (z !== undefined && activation === undefined) || (!isPacked && matrices.packedBytes(k, n) > STAGING)) return false;
    const places = placesOf(heap, x.type, [x, bias ?? undefined, isPacked ? undefined : weight, out, z], [rows * k, n, n * k, rows * n, rows * n], 3, undefined);
    if (!places) return false;
    const [px, start, pw, py, pz] = places as [number, number, number, number, number];
    const panels = isPacked ? matrices.panels(weight.addressIn(FORWARD, heap, size), k) : matrices.pack(pw, true, k, n, heap.staging);
    const kernel = activation === undefined ? undefined : forwardKernel(current, activation, 'forward', size);
    layerForward(matrices, kernel, panels, start, px, py, pz || py, rows, k, n);
    return true;
  }

  function forward(x: FloatArray, weight: FloatArray | PackedWeights, bias?: FloatArray | null, options?: LinearOptions & OutOption): FloatArray {
    const current = engine();
    const { heap } = current;
    checkedOptions(FORWARD, options, FORWARD_OPTIONS);
    if (forwardInHeap(current, x, weight, bias, options)) return options!.out!;
    const source = typedArray(FORWARD, 'x', x);
    const { packed, array: w, length } = checkedWeight(FORWARD, weight, heap, source);
    const b = bias == null ? none(source) : ofType(FORWARD, 'bias', bias, source, 'x');
    const { rows, inFeatures: k, outFeatures: n } = layerSizes(FORWARD, sizesWith(FORWARD, options, weight), { x: source.length, weight: length, bias: bias == null ? undefined : b.length });
    const zOut = checkedSums(options, source, rows * n);
    const matrices = new Matrices(current, source.BYTES_PER_ELEMENT);
    const { size } = matrices;
    const kernel = options?.activation === undefined ? undefined : forwardKernel(current, options.activation, 'forward', size);
    const to = destination(heap, FORWARD, options?.out, x, 'x', [source, w, b, zOut], rows * n);
    const outputs = [to.out, to.inputs[3]] as const;
    requireApart(FORWARD, OUTPUTS, outputs);
    const inputs = to.inputs.slice(0, 3).map((input) => apart(input, outputs));
    const panelBytes = packed === undefined ? matrices.packedBytes(k, n) : 0;
    let { result } = to;
    borrowing(heap, inputs.slice(1), [inputs[0]!, ...outputs], panelBytes + ROWS_AT_A_TIME * (k + 2 * n) * size, ([ws, bs, xs, ys, zs], memory) => {
      if (!(result instanceof WasmArray)) result = ys!;
      const panels = packed === undefined ? matrices.pack(memory.input(ws!), true, k, n, memory.scratch(panelBytes)) : matrices.panels(packed, k);
      const start = bias == null ? 0 : memory.input(bs!);
      const keeps = zs!.length > 0;
      byRows(heap, rows, [rowsIn(xs!, k), rowsOut(ys!, n), rowsOut(zs!, keeps ? n : 0)], (count, [px, py, pz]) => {
        layerForward(matrices, kernel, panels, start, px!, py!, keeps ? pz! : py!, count, k, n);
      }, ROWS_AT_A_TIME);
    });
    return result;
  }

  /** As forwardInHeap, for backward. */
  function backwardInHeap(current: Engine, dy: FloatArray, x: FloatArray, weight: FloatArray | PackedWeights, accumulate: boolean, options: BackwardCall | undefined): boolean {
    if (!(x instanceof WasmArray) || !(dy instanceof WasmArray) || !options?.out) return false;
    const { heap } = current;
    const { out, activation, y, z } = options;
    const isPacked = weight instanceof PackedWeights;
    const n = isPacked ? weight.outFeatures : out.dBias == null ? numberOf(options.outFeatures) : lengthOf(out.dBias);
    const k = isPacked ? weight.inFeatures : lengthOf(weight) / n;
    const rows = dy.length / n;
    if (!fits(options, rows, k, n) || (activation === undefined) !== (z === undefined && y === undefined) || (isPacked && out.dx !== null)) return false;
    const places = placesOf(
      heap, x.type, [dy, x, y, z, isPacked ? undefined : weight, out.dx, out.dWeight, out.dBias], [rows * n, rows * k, rows * n, rows * n, n * k, rows * k, n * k, n], 5, null,
    );
    if (!places) return false;
    const size = x.type.BYTES_PER_ELEMENT;
    if (isPacked) weight.addressIn(BACKWARD, heap, size);
    const [pg, px, py, pz, pw, dx, dWeight, dBias] = places as [number, number, number, number, number, number, number, number];
    const kernel = activation === undefined ? undefined : backwardKernel(current, activation, z ? 'backward' : 'backwardFromOutput', size);
    const gradient = new LayerGradient(new Matrices(current, size), { rows, k, n }, kernel, { dx: dx > 0, dWeight: dWeight > 0, dBias: dBias > 0 });
    if (gradient.bytes > STAGING) return false;
    gradient.begin(heap.staging, { dWeight, dBias, accumulate }, dx > 0 ? pw : undefined);
    gradient.add(pg, px, pz || py, dx, rows);
    return true;
  }

  function backward(dy: FloatArray, x: FloatArray, weight: FloatArray | PackedWeights, options?: BackwardCall): object {
    const current = engine();
    const { heap } = current;
    checkedOptions(BACKWARD, options, BACKWARD_OPTIONS);
    checkedOptions(`${BACKWARD}: out`, options?.out, GRADIENTS);
    const accumulate = checkedAccumulate(options);
    if (backwardInHeap(current, dy, x, weight, accumulate, options)) return options!.out!;
    const source = typedArray(BACKWARD, 'x', x);
    const { packed, array: w, length } = checkedWeight(BACKWARD, weight, heap, source);
    const g = ofType(BACKWARD, 'dy', dy, source, 'x');
    const { rows, inFeatures: k, outFeatures: n } = layerSizes(BACKWARD, sizesWith(BACKWARD, options, weight), { x: source.length, weight: length, dy: g.length });
    const end = checkedEnd(options, g);
    const matrices = new Matrices(current, source.BYTES_PER_ELEMENT);
    const { size } = matrices;
    const kernel = end && backwardKernel(current, options!.activation!, end.direction, size);
    const lengths = { dx: source.length, dWeight: length, dBias: n };
    const given = KEYS.map((key) => {
      const target = options?.out?.[key];
      return target == null ? none(source) : matching(BACKWARD, `out.${key}`, target, source, 'x', lengths[key]);
    });
    requireApart(BACKWARD, TARGETS, given);
    const [arrays, results] = heap.keeping([g, source, end?.at ?? none(source), w, ...given], () =>
      KEYS.map((key) => {
        const target = options?.out?.[key];
        return target === undefined ? createLike(heap, x, source, lengths[key]) : target;
      }),
    );
    const outputs = KEYS.map((key, i) => (options?.out?.[key] === undefined ? typedArray(BACKWARD, key, results[i]) : arrays[4 + i]!));
    const inputs = arrays.slice(0, 4).map((input) => apart(input, outputs));
    const [dxOut, dwOut, dbOut] = outputs as [FloatTypedArray, FloatTypedArray, FloatTypedArray];
    const wanted = { dx: dxOut.length > 0, dWeight: dwOut.length > 0, dBias: dbOut.length > 0 };
    const gradient = new LayerGradient(matrices, { rows, k, n }, kernel, wanted);
    const unpacked = packed !== undefined && wanted.dx ? length * size : 0;
    const extra = gradient.bytes + unpacked + ROWS_AT_A_TIME * 2 * (k + n) * size;
    borrowing(heap, [inputs[3]!, dwOut, dbOut], [...inputs.slice(0, 3), dxOut], extra, ([ws, dws, dbs, gs, xs, ats, dxs], memory) => {
      [dxs!, dws!, dbs!].forEach((array, i) => {
        if (results[i] && !(results[i] instanceof WasmArray)) results[i] = array;
      });
      const target = (array: FloatTypedArray): number => (array.length > 0 ? memory.output(array, accumulate) : 0);
      let pw: number | undefined;
      if (wanted.dx) pw = packed === undefined ? memory.input(ws!) : matrices.unpack(packed, k, n, memory.scratch(unpacked));
      gradient.begin(memory.scratch(gradient.bytes), { dWeight: target(dws!), dBias: target(dbs!), accumulate }, pw);
      const operands = [rowsIn(gs!, n), rowsIn(xs!, k), rowsIn(ats!, kernel ? n : 0), rowsOut(dxs!, wanted.dx ? k : 0)];
      byRows(heap, rows, operands, (count, [pg, px, pat, pdx]) => { gradient.add(pg!, px!, pat!, pdx!, count); }, ROWS_AT_A_TIME);
      gradient.finish();
    });
    return Object.fromEntries(KEYS.map((key, i) => [key, results[i]]));
  }

  return Object.assign(forward, { backward }) as unknown as Linear;
}

/** Whether the sizes given, if any, are these. */
const fits = ({ rows, inFeatures, outFeatures }: LinearSizes, m: number, k: number, n: number): boolean =>
  Number.isInteger(m) && Number.isInteger(k) && Number.isInteger(n) && m > 0 && k > 0 &&
  (rows === undefined || rows === m) && (inFeatures === undefined || inFeatures === k) && (outFeatures === undefined || outFeatures === n);

/** The kernels of the activation at the end of a layer, their parameters set. */
function kernelsAtTheEnd(operation: string, activations: object) {
  /** By function and direction. */
  const known = new Map<string, Parameters>();
  /** Of the last activation given without parameters. */
  let last: { given: unknown; direction: Direction; prepared: Prepared } | undefined;

  function prepared(given: ActivationLike, direction: Direction): Prepared {
    if (last?.given === given && last.direction === direction) return last.prepared;
    const { f, parameters } = named(operation, activations, given);
    const row = rowOf.get(f);
    if (!row) throw new TypeError(`${operation}: activation must be one of the library's functions, got another with the name ${describe(f.info.name)}`);
    if (direction === 'backwardFromOutput' && !row.scalar.derivativeFromOutput) {
      throw new RangeError(`${operation}: the derivative of ${row.name} is no function of its output y; give the sums before it as z`);
    }
    checkedOptions(`${operation}: activation`, parameters, allow(...Object.keys(row.parameters)));
    const key = `${row.name} ${direction}`;
    let calls = known.get(key);
    if (!calls) known.set(key, (calls = new Parameters(row, direction, operation)));
    const found = calls.of(parameters);
    // An object may change.
    if (typeof given !== 'object') last = { given, direction, prepared: found };
    return found;
  }

  return (engine: Engine, given: ActivationLike, direction: Direction, size: number): Kernel => ready(engine, prepared(given, direction), size, operation);
}

/** A weight as an array, or the address of its panels. */
function checkedWeight(operation: string, weight: FloatArray | PackedWeights, heap: Heap, like: FloatTypedArray): { packed: number | undefined; array: FloatTypedArray; length: number } {
  if (weight instanceof PackedWeights) {
    return { packed: weight.addressIn(operation, heap, like.BYTES_PER_ELEMENT), array: none(like), length: weight.inFeatures * weight.outFeatures };
  }
  const array = ofType(operation, 'weight', weight, like, 'x');
  return { packed: undefined, array, length: array.length };
}

/** The sizes given, and those of a packed weight. */
function sizesWith(operation: string, given: LinearSizes | undefined, weight: unknown): LinearSizes | undefined {
  if (!(weight instanceof PackedWeights)) return given;
  for (const name of ['inFeatures', 'outFeatures'] as const) {
    const size = given?.[name];
    if (size !== undefined && checkedCount(operation, name, size, 0) !== weight[name]) throw new RangeError(`${operation}: ${name} is ${size}, of the packed weights ${weight[name]}`);
  }
  return { rows: given?.rows, inFeatures: weight.inFeatures, outFeatures: weight.outFeatures };
}

function checkedSums(options: LinearOptions | undefined, like: FloatTypedArray, length: number): FloatTypedArray {
  if (options?.z === undefined) return none(like);
  if (options.activation === undefined) throw new TypeError(`${FORWARD}: z goes with an activation, which is missing`);
  return matching(FORWARD, 'z', options.z, like, 'x', length);
}

/** What the derivative of the activation is taken at. */
function checkedEnd(options: LinearBackwardOptions | undefined, dy: FloatTypedArray): { direction: Direction; at: FloatTypedArray } | undefined {
  const { activation, y, z } = options ?? {};
  if (activation === undefined) {
    if (y !== undefined || z !== undefined) throw new TypeError(`${BACKWARD}: ${y === undefined ? 'z' : 'y'} goes with an activation, which is missing`);
    return undefined;
  }
  if (z !== undefined) return { direction: 'backward', at: matching(BACKWARD, 'z', z, dy, 'dy') };
  if (y !== undefined) return { direction: 'backwardFromOutput', at: matching(BACKWARD, 'y', y, dy, 'dy') };
  throw new TypeError(`${BACKWARD}: an activation needs its output y, or the sums before it as z`);
}

function checkedAccumulate(options: BackwardCall | undefined): boolean {
  const { accumulate = false } = options ?? {};
  checkedBoolean(BACKWARD, 'accumulate', accumulate);
  if (accumulate && (options?.out?.dWeight === undefined || options.out.dBias === undefined)) {
    throw new TypeError(`${BACKWARD}: accumulate adds to out.dWeight and out.dBias: give both, or null for one that is not wanted`);
  }
  return accumulate;
}
