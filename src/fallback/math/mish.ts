import { exponential } from './exponential.js';
import { NearZero } from './near-zero.js';

const slopeZero = new NearZero(-1.1924312145154952, -4.8484829848031044e-17, 0.5, [
  0.2669479140495345, 0.20473126408010583, 0.04190782104361479, -0.020271822716677608, -0.01582112656201278,
  -0.0033606849273860625, 0.0010924055480760317, 0.0009898181109974093, 0.0002541292670185613,
  -4.1961609929505374e-05, -5.5828164165888994e-05, -1.7298456694422872e-05, 9.393583040725494e-07,
  2.9056453704992825e-06, 1.0801124617009223e-06, 3.2640440329875824e-08, -1.515714970564962e-07,
  -6.30179775796957e-08,
]);

/**
 * x tanh(ln(1 + e^x)) = x n / (n + 2) with n = e^x (e^x + 2). With e = e^-|x| what n / (n + 2) is off from e, or from 1 for x > 0, is
 * small where it has to be.
 */
export function mish(x: number): number {
  if (x < -1000) return -0;
  if (x > 50) return x;
  if (Math.abs(x) < 0.25) {
    const m = Math.expm1(x);
    return x * (1 - 2 / (5 + m * (4 + m)));
  }
  const e = Math.exp(-Math.abs(x));
  if (x < 0) return exponential(x, x * (1 - (e * (e + 1)) / (e * (e + 2) + 2)));
  return x - (x * (2 * e * e)) / (1 + 2 * e * (1 + e));
}

/** n / (n + 2) + 4x e^x (1 + e^x) / (n + 2)^2, by a polynomial near its zero. */
export function mishSlope(x: number): number {
  if (slopeZero.covers(x)) return slopeZero.at(x);
  if (x < -1000) return -0;
  if (x > 50) return 1;
  const e = Math.exp(-Math.abs(x));
  const square = 2 * e * e;
  if (x < 0) {
    const d = e * (e + 2) + 2;
    // The same over one denominator, where the terms cancel.
    if (x < -1) return exponential(x, (4 * (x + 1) + e * (4 * x + 6 + e * (4 + e))) / (d * d));
    return exponential(x, 1 - (e * (e + 1)) / d + (4 * x * (1 + e)) / (d * d));
  }
  const d = 1 + 2 * e + square;
  return 1 + (square * ((2 * x * (1 + e)) / d - 1)) / d;
}
