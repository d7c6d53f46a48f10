import { WasmArray } from './arrays.js';
import type { NumericArray, NumericArrayConstructor } from './numeric.js';
import { withInfo } from './catalogue/freeze.js';
import { type FamilyInfo, type FamilyName, type Row, catalogue, families, variants } from './catalogue/index.js';
import { adamStep, gradientStep } from './descent.js';
import { describe } from './describe.js';
import { diagnose } from './diagnosis.js';
import { binaryCrossEntropyWithLogits, meanSquaredError } from './element-losses.js';
import { Engine, type Features, type Kernels } from './engine.js';
import { scriptKernels } from './fallback/kernels.js';
import { ScriptMemory } from './fallback/memory.js';
import { gatedUnit } from './gates.js';
import { INITIAL_PAGES, type LinearMemory, MAXIMUM_PAGES } from './heap.js';
import { linear } from './linear.js';
import { matmul } from './matmul.js';
import { nllLoss, softmaxCrossEntropy } from './losses.js';
import { type ActivationOf, activation, allocate } from './operations.js';
import { allow, checkedCount, checkedOptions, inOperation } from './options.js';
import { packWeights } from './packed-weights.js';
import { prelu } from './prelu.js';
import { argmax, hardmax, logSoftmax, logSumExp, softmax, softmin, sparsemax } from './rows.js';
import type * as defaults from './index.js';
import { type WasmSource, inlined, inlinedRelaxed, kernelsFrom } from './wasm/instantiate.js';
import { requireRelaxedSimd } from './wasm/relaxed-simd.js';

type ActivationsOf<Rows> = { readonly [K in keyof Rows]: ActivationOf<Rows[K]> };
type Variants = typeof variants;
type VariantsOf<K> = K extends keyof Variants ? ActivationsOf<Variants[K]> : unknown;
type CatalogueActivations = { readonly [K in keyof typeof catalogue]: ActivationOf<(typeof catalogue)[K]> & VariantsOf<K> };

const factories = {
  softmax,
  logSoftmax,
  softmin,
  sparsemax,
  hardmax,
  logSumExp,
  argmax,
  softmaxCrossEntropy,
  nllLoss,
  binaryCrossEntropyWithLogits,
  meanSquaredError,
  glu: (engine) => gatedUnit(engine, 'glu'),
  swiglu: (engine) => gatedUnit(engine, 'swiglu'),
  geglu: (engine) => gatedUnit(engine, 'geglu'),
  reglu: (engine) => gatedUnit(engine, 'reglu'),
  prelu,
} satisfies Record<FamilyName, (engine: () => Engine) => object>;

/** The functions that are not elementwise, with their facts. */
type Families = { readonly [K in FamilyName]: ReturnType<(typeof factories)[K]> & { readonly info: FamilyInfo } };

/** The elementwise functions as operations makes them; documented where index.ts exports them. */
export interface ElementwiseOperations extends CatalogueActivations {
  readonly logistic: CatalogueActivations['sigmoid'];
  readonly step: CatalogueActivations['heaviside'];
  readonly swish: CatalogueActivations['silu'];
}

export interface Operations extends ElementwiseOperations, Families {
  readonly activations: Activations;
  readonly diagnose: ReturnType<typeof diagnose>;
  readonly linear: ReturnType<typeof linear>;
  readonly matmul: ReturnType<typeof matmul>;
  readonly packWeights: ReturnType<typeof packWeights>;
  readonly gradientStep: ReturnType<typeof gradientStep>;
  readonly adamStep: ReturnType<typeof adamStep>;
  readonly allocate: <A extends NumericArray>(type: NumericArrayConstructor<A>, length: number) => WasmArray<A>;
  readonly wrap: <A extends NumericArray>(type: NumericArrayConstructor<A>, pointer: number, length: number) => WasmArray<A>;
  readonly memoryUsage: () => MemoryUsage;
  readonly features: Features;
}

/** The elementwise functions by name. */
export type Activations = Pick<typeof defaults, keyof ElementwiseOperations>;

/** All functions over one memory. */
export type Backend = Pick<typeof defaults, keyof Operations>;

export interface MemoryUsage {
  /** All of the memory. */
  readonly bytes: number;
  /** In arrays. */
  readonly used: number;
  readonly free: number;
  /** How many arrays are allocated. */
  readonly arrays: number;
}

/** A backend of one's own. */
export interface DisposableBackend extends Backend {
  /** Lets go of the memory; every later call throws. */
  readonly dispose: () => void;
}

export interface BackendOptions {
  /** The kernel module instead of the bytes in the package, or false for the functions in JavaScript. */
  readonly wasm?: WasmSource | false;
  /**
   * Which build of the kernels. `false`, the default: the same bits on every machine and engine. `true`: with relaxed SIMD, where
   * the processor multiplies and adds in one step, which is faster and mostly a little more accurate, but its last bits depend on
   * the machine; an error where the engine has none. `'auto'`: that where it can be had, else the default, and `features` says why.
   *
   * A module given as `wasm` is what it is: `features.relaxedSimd` tells, and `true` or `false` beside it is an error if it is the
   * other build.
   */
  readonly relaxedSimd?: boolean | 'auto';
}

/** What the kernels of a module run on. */
export const wasmFeatures = (kernels: Kernels): Features => ({ backend: 'wasm', simd: true, relaxedSimd: kernels.isRelaxed!() === 1, threads: 1 });

const script = (reason: string): Features => ({ backend: 'javascript', simd: false, relaxedSimd: false, threads: 1, reason });

const named = <F extends object>(name: string, f: F): F => Object.defineProperty(f, 'name', { value: name });

function familiesOf(engine: () => Engine): Families {
  const entries = Object.entries(factories) as [FamilyName, (engine: () => Engine) => object][];
  return Object.fromEntries(entries.map(([name, make]) => [name, withInfo(named(name, make(engine)), () => families[name])])) as unknown as Families;
}

export function operations(engine: () => Engine): Operations {
  const functions = (table: Readonly<Record<string, Row>>): object => Object.fromEntries(Object.entries(table).map(([name, row]) => [name, activation(engine, row)]));
  const elementwise = functions(catalogue) as CatalogueActivations;
  for (const [name, table] of Object.entries(variants)) Object.assign(elementwise[name as keyof Variants], functions(table));
  const activations: ElementwiseOperations = Object.freeze({
    ...elementwise,
    logistic: elementwise.sigmoid,
    step: elementwise.heaviside,
    swish: elementwise.silu,
  });
  return {
    ...activations,
    activations,
    ...familiesOf(engine),
    // The limits of prelu are those of leakyRelu.
    diagnose: named('diagnose', diagnose(engine, { ...activations, prelu: activations.leakyRelu })),
    linear: named('linear', linear(engine, activations)),
    packWeights: named('packWeights', packWeights(engine)),
    matmul: named('matmul', matmul(engine)),
    gradientStep: named('gradientStep', gradientStep(engine)),
    adamStep: named('adamStep', adamStep(engine)),
    allocate(type, length) {
      checkedType('allocate', type);
      checkedCount('allocate', 'length', length, 0);
      return inOperation('allocate', () => allocate(engine().heap, type, length));
    },
    wrap(type, pointer, length) {
      checkedType('wrap', type);
      const { heap } = engine();
      checkedCount('wrap', 'pointer', pointer, 0);
      checkedCount('wrap', 'length', length, 0);
      const size = type.BYTES_PER_ELEMENT;
      if (pointer % size !== 0) throw new RangeError(`wrap: pointer must be a multiple of ${size} for a ${type.name}, got ${pointer}`);
      const end = pointer + length * size;
      if (end > heap.buffer.byteLength) throw new RangeError(`wrap: the array would end at ${end}, the memory ends at ${heap.buffer.byteLength}`);
      return new WasmArray(heap, type, pointer, length, false);
    },
    memoryUsage: () => engine().heap.usage(),
    features: liveFeatures(engine),
  };
}

/** The features of the moment: the default backend's change when wasm takes over. */
function liveFeatures(engine: () => Engine): Features {
  const names = ['backend', 'simd', 'relaxedSimd', 'threads', 'reason'] as const;
  return Object.defineProperties({}, Object.fromEntries(names.map((name) => [name, { enumerable: true, get: () => engine().features[name] }]))) as Features;
}

function checkedType(operation: string, type: unknown): void {
  if (type !== Float32Array && type !== Float64Array && type !== Int32Array) {
    throw new TypeError(`${operation}: the type must be Float32Array, Float64Array or Int32Array, got ${typeof type === 'function' ? type.name : describe(type)}`);
  }
}

export const wasmMemory = (): WebAssembly.Memory => new WebAssembly.Memory({ initial: INITIAL_PAGES, maximum: MAXIMUM_PAGES });

/** Kernels in JavaScript; over a WebAssembly.Memory where there is one, so that wasm can take over later. */
export function scriptEngine(memory: LinearMemory, reason: string): Engine {
  return new Engine(memory, scriptKernels(memory), script(reason));
}

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

async function wasmEngine(source: WasmSource, more: Pick<Features, 'reason'> = {}): Promise<Engine> {
  const memory = wasmMemory();
  const kernels = await kernelsFrom(source, memory);
  return new Engine(memory, kernels, { ...wasmFeatures(kernels), ...more });
}

/** The kernels in the package: the relaxed ones if they are asked for and to be had, the deterministic ones, those in JavaScript. */
async function packagedEngine(relaxedSimd: boolean | 'auto'): Promise<Engine> {
  let more = {};
  if (relaxedSimd !== false) {
    try {
      requireRelaxedSimd();
      return await wasmEngine(await inlinedRelaxed());
    } catch (cause) {
      if (relaxedSimd === true) throw new Error(`createBackend: relaxedSimd is true, but ${messageOf(cause)}`, { cause });
      more = { reason: `relaxedSimd: ${messageOf(cause)}` };
    }
  }
  try {
    return await wasmEngine(inlined(), more);
  } catch (error) {
    return scriptEngine(new ScriptMemory(INITIAL_PAGES), messageOf(error));
  }
}

async function engineOf({ wasm, relaxedSimd }: BackendOptions): Promise<Engine> {
  if (relaxedSimd !== undefined && relaxedSimd !== 'auto' && typeof relaxedSimd !== 'boolean') {
    throw new TypeError(`createBackend: relaxedSimd must be false, true or 'auto', got ${describe(relaxedSimd)}`);
  }
  if (wasm === undefined) return packagedEngine(relaxedSimd ?? false);
  if (wasm === false) {
    if (relaxedSimd === true) throw new TypeError('createBackend: relaxedSimd is true, but wasm is false');
    return scriptEngine(new ScriptMemory(INITIAL_PAGES), 'asked for with wasm: false');
  }
  const engine = await wasmEngine(wasm);
  const { features } = engine;
  if (features.relaxedSimd) inOperation('createBackend: wasm is the relaxed build', requireRelaxedSimd);
  if (typeof relaxedSimd === 'boolean' && features.relaxedSimd !== relaxedSimd) {
    throw new Error(`createBackend: relaxedSimd is ${relaxedSimd}, but wasm is the ${features.relaxedSimd ? 'relaxed' : 'deterministic'} build`);
  }
  return engine;
}

/** A backend with a memory and an instance of its own. */
export async function createBackend(options: BackendOptions = {}): Promise<DisposableBackend> {
  checkedOptions('createBackend', options, allow('wasm', 'relaxedSimd'));
  let engine: Engine | undefined = await engineOf(options);
  const current = (): Engine => {
    if (!engine) throw new Error('this backend was disposed');
    return engine;
  };
  return Object.assign(operations(current), {
    dispose(): void {
      engine = undefined;
    },
  });
}
