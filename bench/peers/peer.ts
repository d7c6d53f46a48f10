import type { NumericArray } from '../../src/index.js';
import type { types } from '../cases.js';
import type { Contender } from '../measure.js';

export interface Input {
  readonly name: string;
  readonly shape: readonly number[];
  readonly values: NumericArray;
}

export type FloatType = (typeof types)[keyof typeof types];

/** Another library that computes the same. */
export interface Peer {
  readonly name: string;
  readonly version: string;
  /** One of its operations over its own copies of the inputs, unless it has none for this type. */
  readonly enter: (operation: string, type: FloatType, inputs: readonly Input[]) => Promise<Omit<Contender, 'way'> | undefined>;
  readonly close?: () => void;
}
