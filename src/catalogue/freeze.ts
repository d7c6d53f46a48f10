/** Freezes what the value is made of, too. */
export function deepFreeze<T extends object>(value: T): T {
  for (const part of Object.values(value) as unknown[]) if (typeof part === 'object' && part !== null) deepFreeze(part);
  return Object.freeze(value);
}

/** Gives `f` its facts. They are put together and frozen when somebody asks for them: for all at once that takes as long as to make the functions. */
export function withInfo<F extends object, I extends object>(f: F, factsOf: () => I): F & { readonly info: I } {
  let info: I | undefined;
  return Object.defineProperty(f, 'info', { enumerable: true, get: () => (info ??= deepFreeze(factsOf())) }) as F & { readonly info: I };
}
