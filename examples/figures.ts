/** Figures that tutorials on activation functions give, computed by the package, beside the values they are known to have. */
import { type Activation, relu, sigmoid, softmax, tanh } from '../src/index.js';
import { type Random, seeded } from './data.js';

export interface Figure {
  readonly name: string;
  readonly computed: string;
  readonly known: string;
  readonly agrees: boolean;
}

/** A figure that is known to so many digits after the point, and should come out the same to all of them. */
function figure(name: string, computed: readonly number[], known: readonly number[], digits: number): Figure {
  const text = (values: readonly number[]): string => values.map((value) => value.toFixed(digits).replace(/^-(?=0\.?0*$)/, '')).join(', ');
  return { name, computed: text(computed), known: text(known), agrees: text(computed) === text(known) };
}

/** A figure that is known up to an error. */
function about(name: string, computed: number, known: number, error: number): Figure {
  return { name, computed: computed.toPrecision(2), known: `${known} to ${error}`, agrees: Math.abs(computed - known) <= error };
}

export interface Descent {
  /** f(x) after every step, and before the first. */
  readonly values: readonly number[];
  readonly steps: number;
}

/** Gradient descent on f itself: x <- x - rate f'(x) as long as f(x) > target. A step is one such change of x. */
export function descend(f: Activation, start: number, target: number, rate: number): Descent {
  const values = [f(start)];
  for (let x = start; values.at(-1)! > target; ) {
    x -= rate * f.derivative(x);
    values.push(f(x));
  }
  return { values, steps: values.length - 1 };
}

function grid(from: number, to: number, count: number): Float64Array {
  return Float64Array.from({ length: count }, (_, i) => from + ((to - from) * i) / (count - 1));
}

const mean = (values: Float64Array): number => values.reduce((sum, value) => sum + value, 0) / values.length;

const uniform = (count: number, random: Random): Float64Array => Float64Array.from({ length: count }, () => 2 * random() - 1);

export function figures(): Figure[] {
  const x = grid(-10, 10, 20_001);
  const doubled = sigmoid(x.map((value) => 2 * value));
  const identity = tanh(x).map((y, i) => Math.abs(y - (2 * doubled[i]! - 1)));
  const slow = descend(sigmoid, Math.log(9), 0.5, 0.2);
  const fast = descend(relu, 0.9, 0.5, 0.2);
  const samples = uniform(100_000, seeded(1));
  return [
    figure('sigmoid(8)', [sigmoid(8)], [0.99966464987], 11),
    figure('softmax([3, 1, -3])', [...softmax(Float64Array.of(3, 1, -3))], [0.88, 0.12, 0], 2),
    figure('descent on sigmoid: f(x) after one step', [slow.values[1]!], [0.898368], 6),
    figure('descent on sigmoid: steps from 0.9 to 0.5', [slow.steps], [67], 0),
    figure('descent on relu: steps from 0.9 to 0.5', [fast.steps], [2], 0),
    figure("max sigmoid'(x)", [Math.max(...sigmoid.derivative(x))], [0.25], 10),
    about('max |tanh(x) - (2 sigmoid(2x) - 1)|', Math.max(...identity), 0, 1e-15),
    about('mean of sigmoid, x uniform in (-1, 1)', mean(sigmoid(samples)), 0.5, 0.01),
    about('mean of tanh, x uniform in (-1, 1)', mean(tanh(samples)), 0, 0.01),
  ];
}
