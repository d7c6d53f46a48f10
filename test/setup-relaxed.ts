/** Before each file of the tests over the relaxed build: that they are. */
import './relaxed-simd.js';
import { features } from '../src/index.js';

if (!features.relaxedSimd) throw new Error(`not the relaxed kernels: ${features.reason ?? features.backend}`);
