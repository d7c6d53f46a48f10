/** The contenders that are JavaScript, by name. Each is loaded in a process of its own. */
import type { Learner, Problem } from './problems.js';

export const OURS = 'sigmoidal';
export const RELAXED = 'sigmoidal, relaxed';
export const PLAIN = 'plain JS';
export const TEXTBOOK = 'plain JS, textbook';

export const learners: Readonly<Record<string, (problem: Problem) => Promise<Learner>>> = {
  [OURS]: async (problem) => (await import('./ours.js')).ours(await import('../../src/index.js'), problem),
  async [RELAXED](problem) {
    const { createBackend } = await import('../../src/index.js');
    return (await import('./ours.js')).ours(await createBackend({ relaxedSimd: true }), problem);
  },
  [PLAIN]: async (problem) => (await import('./plain.js')).plain(problem),
  async [TEXTBOOK](problem) {
    const { plain, textbook } = await import('./plain.js');
    return plain(problem, textbook);
  },
  'tfjs-wasm': async (problem) => (await import('./tfjs.js')).tensorFlow('wasm', problem, 'by hand'),
  'tfjs-wasm, minimize': async (problem) => (await import('./tfjs.js')).tensorFlow('wasm', problem, 'minimize'),
  'tfjs-cpu': async (problem) => (await import('./tfjs.js')).tensorFlow('cpu', problem, 'by hand'),
};
