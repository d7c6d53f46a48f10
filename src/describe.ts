/** What a value is, for error messages: `Float32Array(5)`, `null`, `an array of 3`, `"abc"`. */
export function describe(value: unknown): string {
  if (Array.isArray(value)) return `an array of ${value.length}`;
  if (ArrayBuffer.isView(value) && 'length' in value) return `${typeName(value)}(${String(value.length)})`;
  if (typeof value === 'string') return JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}…` : value);
  if (typeof value === 'function') return 'a function';
  if (typeof value === 'object' && value !== null) return value.constructor?.name ? `${/^[AEIOU]/.test(value.constructor.name) ? 'an' : 'a'} ${value.constructor.name}` : 'an object';
  return typeof value === 'bigint' ? `${value}n` : String(value);
}

/** The name of a typed array's type, also for one of another realm (an iframe, a test runner's sandbox). */
export function typeName(value: ArrayBufferView): string {
  return (value as { readonly [Symbol.toStringTag]?: string })[Symbol.toStringTag] ?? 'DataView';
}
