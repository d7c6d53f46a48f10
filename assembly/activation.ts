/**
 * An elementwise function as lane mathematics. A kernel is a class without fields: the loops name it as a type
 * parameter and call it through `changetype<F>(0)`, which the compiler inlines completely.
 */
export interface Activation {
  /** f(x) */
  forward(x: v128): v128;
  /** dy f'(x), whose digits must not be lost where f'(x) alone is a subnormal number */
  gradient(dy: v128, x: v128): v128;
}

/** An activation whose derivative is a function of its output. */
export interface InvertibleActivation extends Activation {
  /** dy f'(x) from y = f(x) */
  gradientFromOutput(dy: v128, y: v128): v128;
}

/** One that takes so long that its loops gain nothing from rounds of several vectors. */
export interface InvertibleLongActivation extends InvertibleActivation {
  gradientFromOutput(dy: v128, y: v128): v128;
}

/**
 * An activation whose lanes are f64 whatever the elements are, and T the precision it has to reach: for f32 the 29 bits to
 * spare replace all care for cancellation, for overflow and for subnormal numbers.
 */
export interface WideActivation {
  /** f(x) */
  forward(x: v128): v128;
  /** f'(x) */
  derivative(x: v128): v128;
}

export interface InvertibleWideActivation extends WideActivation {
  /** f'(x) from y = f(x) */
  derivativeFromOutput(y: v128): v128;
}

// What an activation may implement besides.

/** A faster way, in f32 lanes, for f32 elements that are ordinary: not NaN, and not what gives a subnormal result, for instance. */
export interface FastForward {
  /** For which lanes it is made: a mask. */
  ordinary(x: v128): v128;
  /** f(x) */
  fast(x: v128): v128;
}

/** The same backward. */
export interface FastBackward {
  ordinary(x: v128): v128;
  /** dy f'(x) */
  fastGradient(dy: v128, x: v128): v128;
}

/**
 * The parameters of the kernel that runs next, in every lane. Globals rather than arguments: a kernel reads the ones it
 * has, wherever it is inlined, and nobody in between passes them on. What a, b and c mean is the kernel's business;
 * lower and upper are the kinks of a function made of lines.
 */
export abstract class Parameters {
  private static a32: v128 = i32x4(0, 0, 0, 0);
  private static a64: v128 = i32x4(0, 0, 0, 0);
  private static b32: v128 = i32x4(0, 0, 0, 0);
  private static b64: v128 = i32x4(0, 0, 0, 0);
  private static c32: v128 = i32x4(0, 0, 0, 0);
  private static c64: v128 = i32x4(0, 0, 0, 0);
  private static lower32: v128 = i32x4(0, 0, 0, 0);
  private static lower64: v128 = i32x4(0, 0, 0, 0);
  private static upper32: v128 = i32x4(0, 0, 0, 0);
  private static upper64: v128 = i32x4(0, 0, 0, 0);

  static set(a: f64, b: f64, c: f64, lower: f64, upper: f64): void {
    Parameters.a32 = f32x4.splat(a as f32);
    Parameters.a64 = f64x2.splat(a);
    const single: f32 = isFinite(b as f32) ? (b as f32) : 0;
    Parameters.b32 = f32x4.splat(single);
    Parameters.b64 = f64x2.splat(b);
    // In a line a (x + b) + c, what b loses in single precision stays in c.
    Parameters.c32 = f32x4.splat((c + a * (b - (single as f64))) as f32);
    Parameters.c64 = f64x2.splat(c);
    Parameters.lower32 = f32x4.splat(lower as f32);
    Parameters.lower64 = f64x2.splat(lower);
    Parameters.upper32 = f32x4.splat(upper as f32);
    Parameters.upper64 = f64x2.splat(upper);
  }

  @inline static a<T extends number>(): v128 {
    return sizeof<T>() == 4 ? Parameters.a32 : Parameters.a64;
  }

  @inline static b<T extends number>(): v128 {
    return sizeof<T>() == 4 ? Parameters.b32 : Parameters.b64;
  }

  @inline static c<T extends number>(): v128 {
    return sizeof<T>() == 4 ? Parameters.c32 : Parameters.c64;
  }

  @inline static lower<T extends number>(): v128 {
    return sizeof<T>() == 4 ? Parameters.lower32 : Parameters.lower64;
  }

  @inline static upper<T extends number>(): v128 {
    return sizeof<T>() == 4 ? Parameters.upper32 : Parameters.upper64;
  }
}
