import { Lanes } from "../lanes";

/**
 * What a sum over a row is made of, as lane mathematics: a term for each element, with a constant c that is the row's.
 * As an activation, a class without fields that the sums name as a type parameter.
 */
export interface Term {
  of(c: v128, x: v128): v128;
}

/** A term for each pair of elements of two rows; 0 for a pair of zeros, as lanes beyond the rows have them. */
export interface PairTerm {
  of(c: v128, x: v128, y: v128): v128;
}

/** x */
@final
export class Itself implements Term {
  @inline
  of(c: v128, x: v128): v128 {
    return x;
  }
}

/** 1 for x = c, 0 otherwise */
@final
export class Equal<T extends number> implements Term {
  @inline
  of(c: v128, x: v128): v128 {
    return v128.and(v128.eq<T>(x, c), Lanes.splat<T>(1));
  }
}

/** 1 for x > c, 0 otherwise */
@final
export class Above<T extends number> implements Term {
  @inline
  of(c: v128, x: v128): v128 {
    return v128.and(v128.gt<T>(x, c), Lanes.splat<T>(1));
  }
}

/** x - c for x > c, 0 otherwise; NaN if either is NaN */
@final
export class Excess<T extends number> implements Term {
  @inline
  of(c: v128, x: v128): v128 {
    return Lanes.atLeast<T>(v128.sub<T>(x, c), Lanes.splat<T>(0));
  }
}

/** x y */
@final
export class Product<T extends number> implements PairTerm {
  @inline
  of(c: v128, x: v128, y: v128): v128 {
    return v128.mul<T>(x, y);
  }
}

/** x for y > c, 0 otherwise; NaN where x is NaN */
@final
export class Selected<T extends number> implements PairTerm {
  @inline
  of(c: v128, x: v128, y: v128): v128 {
    return Lanes.where<T>(v128.gt<T>(y, c), x, x);
  }
}

/** x (c - y); what has x = 0 counts nothing, also where y is -Infinity */
@final
export class Distance<T extends number> implements PairTerm {
  @inline
  of(c: v128, x: v128, y: v128): v128 {
    return v128.andnot(v128.mul<T>(x, v128.sub<T>(c, y)), v128.eq<T>(x, Lanes.splat<T>(0)));
  }
}
