import { type Info, variants } from './catalogue/index.js';
import { describe } from './describe.js';
import type { Activation } from './operations.js';

/** How an activation is given where it is an argument: its name, the function, or `op` with one of them and its parameters beside it. */
export type ActivationLike = string | Activation | { readonly op: string | Activation; readonly [parameter: string]: unknown };

export type AnyActivation = Activation<string>;

/** The names of those that are properties of others. */
const VARIANTS = Object.entries(variants).flatMap(([name, table]) => Object.keys(table).map((variant) => `${name}.${variant}`));

/** The function that is meant, and its parameters; a name may have parts, as `hardSigmoid.torch` has. */
export function named(operation: string, activations: object, activation: unknown): { readonly f: AnyActivation; readonly parameters: object } {
  const { op: given, ...parameters } = isWithParameters(activation) ? activation : { op: activation };
  const own = (place: unknown, key: string): unknown => (place != null && Object.hasOwn(place, key) ? (place as Record<string, unknown>)[key] : undefined);
  // Of prelu, which is no elementwise function by itself, what the table has in its place, if anything.
  const meant = typeof given === 'function' && (own(given, 'info') as Info | undefined)?.name === 'prelu' ? 'prelu' : given;
  const found = typeof meant === 'string' ? meant.split('.').reduce<unknown>(own, activations) : meant;
  if (typeof found === 'function' && 'info' in found && 'derivative' in found) return { f: found as unknown as AnyActivation, parameters };
  if (typeof meant === 'string') throw new RangeError(`${operation}: there is no activation ${describe(meant)}, only ${[...Object.keys(activations), ...VARIANTS].join(', ')}`);
  throw new TypeError(`${operation}: activation must be an elementwise function, its name, or { op } with one of them, got ${describe(activation)}`);
}

const isWithParameters = (activation: unknown): activation is { readonly op: unknown } => typeof activation === 'object' && activation !== null && 'op' in activation;
