let compiled = 0;

/**
 * The value of an expression in JavaScript, with code of its own. V8 keeps what it learns of a function with its source:
 * closures that one place in a file made share it, so that what one contender does to it slows the others down, and a
 * loop over Float32Arrays is no longer compiled for these alone. The number keeps it from recognising the same source.
 * `eval` called like this sees global names only, and is in browsers too, where node:vm is not.
 */
export const compile = (source: string): unknown => globalThis.eval(`${source} // ${compiled++}`);
