import { describe } from './describe.js';

/** The names an operation's options may have, as keys. */
export type Allowed = Readonly<Record<string, unknown>>;

export function allow(...names: string[]): Allowed {
  // Without a prototype: `toString` is not allowed.
  return Object.assign(Object.create(null) as object, Object.fromEntries(names.map((name) => [name, true])));
}

/** Throws a TypeError unless `options` is absent or an object with no other keys than those allowed. */
export function checkedOptions(operation: string, options: unknown, allowed: Allowed): void {
  if (options === undefined) return;
  if (typeof options !== 'object' || options === null || Array.isArray(options) || ArrayBuffer.isView(options)) {
    throw new TypeError(`${operation}: the options must be an object, got ${describe(options)}`);
  }
  for (const key in options) {
    if (allowed[key] !== undefined) continue;
    const names = Object.keys(allowed).join(', ');
    throw new TypeError(`${operation}: there is no option ${key}${names && `, only ${names}`}`);
  }
}

/** What `check` returns; its errors are given the name of the operation. */
export function inOperation<T>(operation: string, check: () => T): T {
  try {
    return check();
  } catch (error) {
    if (error instanceof Error) error.message = `${operation}: ${error.message}`;
    throw error;
  }
}

/** A count such as rows or columns: an integer of at least `least`. */
export function checkedCount(operation: string, name: string, value: unknown, least = 1): number {
  if (typeof value !== 'number') throw new TypeError(`${operation}: ${name} must be a number, got ${describe(value)}`);
  if (!Number.isSafeInteger(value) || value < least) throw new RangeError(`${operation}: ${name} must be an integer of at least ${least}, got ${value}`);
  return value;
}

export function checkedBoolean(operation: string, name: string, value: unknown): void {
  if (typeof value !== 'boolean') throw new TypeError(`${operation}: ${name} must be a boolean, got ${describe(value)}`);
}
