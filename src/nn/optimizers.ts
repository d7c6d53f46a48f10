import { describe } from '../describe.js';
import type { AdamStepOptions, GradientStepOptions } from '../index.js';
import { allow, checkedOptions, inOperation } from '../options.js';
import type { Floats } from './context.js';
import type { Parameter } from './layer.js';

export type SgdOptions = Omit<GradientStepOptions, 'velocity'>;
export type AdamOptions = Omit<AdamStepOptions, 'mean' | 'variance' | 'step'>;

const SGD_OPTIONS = allow('learningRate', 'momentum', 'weightDecay', 'nesterov');
const ADAM_OPTIONS = allow('learningRate', 'beta1', 'beta2', 'epsilon', 'weightDecay', 'decoupled');

/** Changes parameters along their gradients. `learningRate` may be set between the steps. */
abstract class Optimizer {
  learningRate: number;
  protected readonly parameters: readonly Parameter[];
  readonly #state: Floats[] = [];

  constructor(parameters: readonly Parameter[], learningRate: number) {
    const isList = Array.isArray(parameters) && parameters.length > 0 && parameters.every((parameter: Partial<Parameter> | undefined) => parameter?.value && parameter.gradient);
    if (!isList) throw new TypeError(`${new.target.name}: parameters must be an array of parameters, such as those of a network, got ${describe(parameters)}`);
    this.parameters = parameters;
    this.learningRate = learningRate;
  }

  /** One step along the gradients as they are now. */
  abstract step(): void;

  /** Zeros like every parameter. */
  protected state(): readonly Floats[] {
    const arrays = this.parameters.map(({ value, context }) => context.allocate(value.length));
    this.#state.push(...arrays);
    return arrays;
  }

  /** Gives the memory of its state back. */
  free(): void {
    for (const array of this.#state.splice(0)) array.free();
  }
}

/** Stochastic gradient descent with momentum, Nesterov's look ahead and weight decay, as PyTorch's: see `gradientStep`. */
export class SGD extends Optimizer {
  /** Of each parameter. */
  readonly #options: (GradientStepOptions & { learningRate: number })[];

  constructor(parameters: readonly Parameter[], options: SgdOptions) {
    super(parameters, options?.learningRate);
    checkedOptions('SGD', options, SGD_OPTIONS);
    const nothing = new Float32Array(0);
    // A step of nothing finds what is wrong with the options.
    inOperation('SGD', () => parameters[0]!.context.backend.gradientStep(nothing, nothing, { ...options, velocity: new Float32Array(0) }));
    const velocities = (options.momentum ?? 0) === 0 ? [] : this.state();
    this.#options = parameters.map((_, i) => ({ ...options, velocity: velocities[i] }));
  }

  step(): void {
    this.parameters.forEach(({ value, gradient, context }, i) => {
      const options = this.#options[i]!;
      options.learningRate = this.learningRate;
      context.backend.gradientStep(value, gradient, options);
    });
  }
}

/** Adam: see `adamStep`. */
export class Adam extends Optimizer {
  /** Of each parameter. */
  readonly #options: (AdamStepOptions & { learningRate: number; step: number })[];
  #steps = 0;

  constructor(parameters: readonly Parameter[], options: AdamOptions = {}) {
    checkedOptions('Adam', options, ADAM_OPTIONS);
    super(parameters, options.learningRate ?? 0.001);
    const [nothing, mean, variance] = [new Float32Array(0), new Float32Array(0), new Float32Array(0)];
    inOperation('Adam', () => parameters[0]!.context.backend.adamStep(nothing, nothing, { ...options, mean, variance, step: 1 }));
    const [means, variances] = [this.state(), this.state()];
    this.#options = parameters.map((_, i) => ({ ...options, learningRate: this.learningRate, mean: means[i]!, variance: variances[i]!, step: 0 }));
  }

  step(): void {
    const step = this.#steps + 1;
    this.parameters.forEach(({ value, gradient, context }, i) => {
      const options = this.#options[i]!;
      options.learningRate = this.learningRate;
      options.step = step;
      context.backend.adamStep(value, gradient, options);
    });
    this.#steps = step;
  }
}

/** Adam with weight decay that shrinks the weights themselves; decay 0.01 unless given, as in PyTorch. */
export class AdamW extends Adam {
  constructor(parameters: readonly Parameter[], options: Omit<AdamOptions, 'decoupled'> = {}) {
    super(parameters, { ...options, weightDecay: options?.weightDecay ?? 0.01, decoupled: true });
  }
}
