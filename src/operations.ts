import { type FloatArray, WasmArray, create, matching, typedArray } from './arrays.js';
import { type FloatTypedArray, LEAST_SINGLE, MOST_SINGLE, type NumericArray, type NumericArrayConstructor } from './numeric.js';
import { BIAS_OPTIONS, type BiasOption, biased, checkedBias, placed, requireColumnsOfBias } from './bias.js';
import { elementwise, staged } from './blocks.js';
import { withInfo } from './catalogue/freeze.js';
import { type Info, type InvertibleRow, type KernelParameters, type Parameter, type Row, type Values, none } from './catalogue/index.js';
import { describe } from './describe.js';
import { type Engine, type Kernel, KernelPair } from './engine.js';
import type { Heap } from './heap.js';
import { type Allowed, allow, checkedOptions, inOperation } from './options.js';
import { type BinaryWay, type UnaryWay, shortWay } from './short.js';

export type ParameterOptions<P extends string> = Partial<Values<P>>;

/** Where a result goes; absent: into a new array, a WasmArray if the input is one. May be the input itself. */
export interface OutOption<O extends FloatArray = FloatArray> {
  readonly out?: O | undefined;
}

export interface Unary<P extends string> {
  (x: number, parameters?: ParameterOptions<P> & { readonly out?: undefined }): number;
  <O extends FloatArray>(x: FloatArray, options: ParameterOptions<P> & BiasOption & { readonly out: O }): O;
  <X extends FloatArray>(x: X, options?: ParameterOptions<P> & BiasOption & { readonly out?: undefined }): X;
}

export interface Binary<P extends string, Bias extends object = object> {
  (dy: number, at: number, parameters?: ParameterOptions<P> & { readonly out?: undefined }): number;
  <O extends FloatArray>(dy: FloatArray, at: FloatArray, options: ParameterOptions<P> & Bias & { readonly out: O }): O;
  <X extends FloatArray>(dy: FloatArray, at: X, options?: ParameterOptions<P> & Bias & { readonly out?: undefined }): X;
}

/** An elementwise function of the catalogue. */
export interface Activation<P extends string = never> extends Unary<P> {
  /** dL/dx = dy f'(x) */
  readonly backward: Binary<P, BiasOption>;
  /** f'(x) */
  readonly derivative: Unary<P>;
  readonly info: Info<P>;
}

/** An elementwise function whose derivative is a function of its output. */
export interface InvertibleActivation<P extends string = never> extends Activation<P> {
  /** dL/dx from y = f(x) where x is not at hand any more. */
  readonly backwardFromOutput: Binary<P>;
}

export type ActivationOf<R> = R extends InvertibleRow<infer P> ? InvertibleActivation<P> : R extends Row<infer P> ? Activation<P> : never;

export type Direction = 'forward' | 'derivative' | 'backward' | 'backwardFromOutput';

/** What a direction runs for the parameters of a call. */
export interface Prepared {
  readonly values: Values<string>;
  readonly parameters: KernelParameters;
  /** The kernel: that of another function where it does better for these parameters. */
  readonly kernel: KernelPair;
  /** What takes its place for short arrays, if something does. */
  readonly short: UnaryWay | BinaryWay | undefined;
  /** Why the parameters do not go with float32 elements, if they do not. */
  readonly beyondSingle: string | undefined;
}

/** The parameters of a direction's calls. */
export class Parameters {
  readonly #row: Row;
  readonly #direction: Direction;
  readonly #operation: string;
  readonly #names: readonly string[];
  readonly #allowed: Allowed;
  readonly #requireInvertible: Row['requireInvertible'];
  /** Those of a call without. */
  readonly defaults: Prepared;
  /** Calls in a loop mostly have the parameters of the call before. */
  #last: Prepared;

  constructor(row: Row, direction: Direction, operation: string) {
    this.#row = row;
    this.#direction = direction;
    this.#operation = operation;
    this.#names = Object.keys(row.parameters);
    this.#allowed = allow(...this.#names, 'out', ...(direction === 'backwardFromOutput' ? [] : BIAS_OPTIONS));
    this.#requireInvertible = direction === 'backwardFromOutput' ? row.requireInvertible : undefined;
    this.#last = this.defaults = this.#prepare(undefined);
  }

  /** Those of a call with other options than `out`. */
  of(options: object): Prepared {
    checkedOptions(this.#operation, options, this.#allowed);
    requireColumnsOfBias(this.#operation, options);
    for (const key of this.#names) {
      const { [key]: value = this.defaults.values[key] } = options as Partial<Values<string>>;
      // -0 is another parameter than 0.
      if (Object.is(value, this.#last.values[key])) continue;
      this.#last = inOperation(this.#operation, () => this.#prepare(options));
      break;
    }
    if (this.#requireInvertible) inOperation(this.#operation, () => this.#requireInvertible!(this.#last.values));
    return this.#last;
  }

  #prepare(options: Partial<Values<string>> | undefined): Prepared {
    const given = values(this.#row, options);
    const parameters = this.#row.prepare(given);
    const stem = parameters.kernel ?? this.#row.kernel ?? this.#row.name;
    const beyondSingle = beyondSingleOf(this.#row, given);
    return {
      values: given,
      parameters,
      kernel: new KernelPair(`${stem}_${this.#direction}`),
      short: beyondSingle === undefined ? shortWay(stem, this.#direction, parameters) : undefined,
      beyondSingle,
    };
  }
}

/** Whether the options are `out` and nothing else. */
function holdsOut(options: object): boolean {
  let found = false;
  for (const key in options) {
    if (key !== 'out') return false;
    found = true;
  }
  return found;
}

/** A row of the catalogue as a function of an engine. */
export function activation<R extends Row>(engine: () => Engine, row: R): ActivationOf<R> {
  const { name, scalar } = row;

  function unary(direction: 'forward' | 'derivative', operation: string) {
    let parameters: Parameters | undefined;
    return (x: number | FloatArray, options?: OutOption & BiasOption): unknown => {
      const current = engine();
      parameters ??= new Parameters(row, direction, operation);
      const special = options !== undefined && !holdsOut(options);
      const prepared = special ? parameters.of(options) : parameters.defaults;
      if (special && options.bias !== undefined) return withBias(current, prepared, operation, options, x);
      const given = options?.out;
      const isNew = given === undefined;
      const short = current.isWasm ? (prepared.short as UnaryWay | undefined) : undefined;
      // The ordinary cases first, one by one: V8 takes longer where it has seen arrays of both types.
      if (x instanceof Float32Array && x.length > 0) {
        const { length } = x;
        const out = isNew ? new Float32Array(length) : given;
        if (out instanceof Float32Array && out.length === length) {
          if (short !== undefined && length <= short.mostSingle && (isNew || out === short.whole || short.follows(out, x))) short.single(x, out, short.inSingle);
          else staged(current.heap, ready(current, prepared, 4, operation), 4, x, undefined, out);
          return out;
        }
      } else if (x instanceof Float64Array && x.length > 0) {
        const { length } = x;
        const out = isNew ? new Float64Array(length) : given;
        if (out instanceof Float64Array && out.length === length) {
          if (short !== undefined && length <= short.mostDouble && (isNew || out === short.whole || short.follows(out, x))) short.double(x, out, short.inDouble);
          else staged(current.heap, ready(current, prepared, 8, operation), 8, x, undefined, out);
          return out;
        }
      }
      if (typeof x === 'number') return one(current, prepared, operation, options, x);
      if (x instanceof WasmArray && given instanceof WasmArray && x.alongside(given, current.heap)) {
        const kernel = ready(current, prepared, x.type.BYTES_PER_ELEMENT, operation);
        kernel(x.pointer, given.pointer, x.length);
        return given;
      }
      const source = typedArray(operation, 'x', x);
      const kernel = ready(current, prepared, source.BYTES_PER_ELEMENT, operation);
      if (!isNew) {
        elementwise(current.heap, kernel, source, undefined, matching(operation, 'out', given, source, 'x'));
        return given;
      }
      const { result, out, inputs } = fresh(current.heap, x, [source]);
      elementwise(current.heap, kernel, inputs[0], undefined, out);
      return result;
    };
  }

  function binary(direction: 'backward' | 'backwardFromOutput', operation: string, argument: string) {
    let parameters: Parameters | undefined;
    return (dy: number | FloatArray, at: number | FloatArray, options?: OutOption & BiasOption): unknown => {
      const current = engine();
      parameters ??= new Parameters(row, direction, operation);
      const special = options !== undefined && !holdsOut(options);
      const prepared = special ? parameters.of(options) : parameters.defaults;
      if (special && options.bias !== undefined) return withBias(current, prepared, operation, options, at, dy);
      const given = options?.out;
      const isNew = given === undefined;
      const short = current.isWasm ? (prepared.short as BinaryWay | undefined) : undefined;
      if (at instanceof Float32Array && dy instanceof Float32Array && at.length > 0 && dy.length === at.length) {
        const { length } = at;
        const out = isNew ? new Float32Array(length) : given;
        if (out instanceof Float32Array && out.length === length) {
          if (short !== undefined && length <= short.mostSingle && (isNew || out === short.whole || (short.follows(out, dy) && short.follows(out, at)))) short.single(dy, at, out, short.inSingle);
          else staged(current.heap, ready(current, prepared, 4, operation), 4, dy, at, out);
          return out;
        }
      } else if (at instanceof Float64Array && dy instanceof Float64Array && at.length > 0 && dy.length === at.length) {
        const { length } = at;
        const out = isNew ? new Float64Array(length) : given;
        if (out instanceof Float64Array && out.length === length) {
          if (short !== undefined && length <= short.mostDouble && (isNew || out === short.whole || (short.follows(out, dy) && short.follows(out, at)))) short.double(dy, at, out, short.inDouble);
          else staged(current.heap, ready(current, prepared, 8, operation), 8, dy, at, out);
          return out;
        }
      }
      if (typeof dy === 'number' && typeof at === 'number') return one(current, prepared, operation, options, dy, at);
      if (at instanceof WasmArray && dy instanceof WasmArray && given instanceof WasmArray && dy.alongside(given, current.heap) && at.alongside(given, current.heap)) {
        const kernel = ready(current, prepared, at.type.BYTES_PER_ELEMENT, operation);
        kernel(dy.pointer, at.pointer, given.pointer, at.length);
        return given;
      }
      const source = typedArray(operation, argument, at);
      const gradient = matching(operation, 'dy', dy, source, argument);
      const kernel = ready(current, prepared, source.BYTES_PER_ELEMENT, operation);
      if (!isNew) {
        elementwise(current.heap, kernel, gradient, source, matching(operation, 'out', given, source, argument));
        return given;
      }
      const { result, out, inputs } = fresh(current.heap, at as FloatArray, [source, gradient]);
      elementwise(current.heap, kernel, inputs[1], inputs[0], out);
      return result;
    };
  }

  const f = unary('forward', name);
  Object.defineProperty(f, 'name', { value: name });
  const directions = Object.assign(f, {
    derivative: unary('derivative', `${name}.derivative`),
    backward: binary('backward', `${name}.backward`, 'x'),
    ...(scalar.derivativeFromOutput && { backwardFromOutput: binary('backwardFromOutput', `${name}.backwardFromOutput`, 'y') }),
  });
  rowOf.set(directions, row);
  return withInfo(directions, () => publicFacts(row)) as unknown as ActivationOf<R>;
}

/** The rows behind the functions. */
export const rowOf = new WeakMap<object, Row>();

/** A row without what only the functions themselves use. */
function publicFacts(row: Row): Info {
  const internal = ['kernel', 'wide', 'prepare', 'scalar', 'requireInvertible'];
  return Object.fromEntries(Object.entries(row).filter(([key]) => !internal.includes(key))) as unknown as Info;
}

/** f(x + bias), f'(x + bias) or, with dy, dy f'(x + bias). */
function withBias(engine: Engine, prepared: Prepared, operation: string, options: OutOption & BiasOption, x: number | FloatArray, dy?: number | FloatArray): FloatArray {
  if (typeof x === 'number') throw new TypeError(`${operation}: bias goes with arrays, not with numbers`);
  const source = typedArray(operation, 'x', x);
  const gradient = dy === undefined ? source : matching(operation, 'dy', dy, source, 'x');
  const given = checkedBias(operation, options, source);
  const kernel = ready(engine, prepared, source.BYTES_PER_ELEMENT, operation);
  const { heap } = engine;
  const to = options.out;
  if (x instanceof WasmArray && to instanceof WasmArray && x.alongside(to, heap) && (dy === undefined || (dy instanceof WasmArray && dy.alongside(to, heap)))) {
    // Their places are known without asking the views, which takes as long as a short array.
    const slope = dy && { array: gradient, address: dy.pointer };
    biased(engine, kernel, given, { array: source, address: x.pointer }, slope, { array: to.data, address: to.pointer });
    return to;
  }
  const { result, out, inputs } = destination(heap, operation, to, x, 'x', [source, gradient, given.values]);
  biased(engine, kernel, { ...given, values: inputs[2] }, placed(heap, inputs[0], out), dy === undefined ? undefined : placed(heap, inputs[1], out), placed(heap, out, out));
  return result;
}

/** The kernel for elements of so many bytes, its parameters set. */
export function ready(engine: Engine, { kernel, parameters, beyondSingle }: Prepared, bytesPerElement: number, operation: string): Kernel {
  if (beyondSingle !== undefined && bytesPerElement === 4) throw new RangeError(`${operation}: ${beyondSingle}`);
  if (parameters !== none) engine.setParameters(parameters);
  return kernel.of(engine.kernels, bytesPerElement);
}

/** The parameters of a call: what is given, the defaults for the rest. */
function values(row: Row, options: Partial<Values<string>> | undefined): Values<string> {
  const checked = Object.entries(row.parameters).map(([key, parameter]) => [key, checkedValue(key, parameter, options?.[key])]);
  return Object.fromEntries(checked) as Values<string>;
}

function checkedValue(key: string, parameter: Parameter, given: unknown): unknown {
  const value = given === undefined ? parameter.default : given;
  if ('values' in parameter) {
    if (typeof value !== 'string') throw new TypeError(`${key} must be a string, got ${describe(value)}`);
    if (!parameter.values.includes(value)) throw new RangeError(`${key} must be one of ${parameter.values.map(describe).join(', ')}, got ${describe(value)}`);
    return value;
  }
  const { infinite = false, least = -Infinity, above = -Infinity, factor = false } = parameter;
  if (typeof value !== 'number') throw new TypeError(`${key} must be a number, got ${describe(value)}`);
  if (Number.isNaN(value) || !(infinite || Number.isFinite(value))) {
    throw new RangeError(`${key} must be a ${infinite ? '' : 'finite '}number, got ${value}`);
  }
  if (value < least) throw new RangeError(`${key} must be at least ${least}, got ${value}`);
  if (value <= above && above > -Infinity) throw new RangeError(`${key} must be above ${above}, got ${value}`);
  if (factor && !isWithin(value, 1e-100, 1e100)) throw new RangeError(`${key} must have a magnitude from 1e-100 to 1e100, got ${value}`);
  return value;
}

/** Whether |x| is 0 or between the bounds. */
const isWithin = (x: number, least: number, most: number): boolean => x === 0 || (Math.abs(x) >= least && Math.abs(x) <= most);

/** Why the values do not go with float32 elements, if they do not. */
function beyondSingleOf({ parameters }: Row, given: Values<string>): string | undefined {
  for (const [key, parameter] of Object.entries(parameters)) {
    if ('values' in parameter || parameter.infinite) continue;
    const value = given[key]!;
    const least = parameter.factor ? LEAST_SINGLE : 0;
    if (!isWithin(value, least, MOST_SINGLE)) return `${key} must have a magnitude ${least > 0 ? `from ${least} ` : ''}to ${MOST_SINGLE} with float32 arrays, got ${value}`;
  }
  return undefined;
}

export function requireNoOut(operation: string, options: { readonly out?: unknown } | undefined): void {
  if (options?.out !== undefined) throw new TypeError(`${operation}: out goes with arrays, not with numbers`);
}

/** The function of one number, by the kernel for f64. */
function one(engine: Engine, prepared: Prepared, operation: string, options: OutOption | undefined, first: number, second?: number): number {
  requireNoOut(operation, options);
  const kernel = ready(engine, prepared, 8, operation);
  const { heap } = engine;
  const place = heap.staging;
  heap.f64[place / 8] = first;
  if (second !== undefined) heap.f64[place / 8 + 1] = second;
  if (second === undefined) kernel(place, place, 1);
  else kernel(place, place + 8, place, 1);
  return heap.f64[place / 8]!;
}

/** A result and the array it is written to. */
export interface Destination<I extends readonly NumericArray[]> {
  readonly result: FloatArray;
  readonly out: FloatTypedArray;
  /** The inputs; those in the heap renewed if it has grown. */
  readonly inputs: I;
}

/** Where a result like the first input goes: to `given`, or to a new array of the kind of `like`. */
export function destination<const I extends readonly [FloatTypedArray, ...NumericArray[]]>(
  heap: Heap, operation: string, given: FloatArray | undefined, like: FloatArray, likeName: string, inputs: I, length = inputs[0].length,
): Destination<I> {
  if (given !== undefined) return { result: given, out: matching(operation, 'out', given, inputs[0], likeName, length), inputs };
  return fresh(heap, like, inputs, length);
}

/** As destination, to a new array. */
export function fresh<const I extends readonly [FloatTypedArray, ...NumericArray[]]>(heap: Heap, like: FloatArray, inputs: I, length = inputs[0].length): Destination<I> {
  const [renewed, result] = heap.keeping(inputs, () => createLike(heap, like, inputs[0], length));
  return { result, out: result instanceof WasmArray ? result.data : result, inputs: renewed as unknown as I };
}

/** A new array of the element type of `template`: in the heap if `like` is an array there. */
export function createLike(heap: Heap, like: FloatArray, template: FloatTypedArray, length: number): FloatArray {
  return like instanceof WasmArray && like.isIn(heap) ? allocate(heap, like.type as NumericArrayConstructor<Float32Array>, length) : create(template, length);
}

/** A zeroed array in the heap. */
export function allocate<A extends NumericArray>(heap: Heap, type: NumericArrayConstructor<A>, length: number): WasmArray<A> {
  const bytes = length * type.BYTES_PER_ELEMENT;
  const pointer = heap.allocate(bytes);
  heap.u8.fill(0, pointer, pointer + bytes);
  return new WasmArray(heap, type, pointer, length, true);
}
