/** Who takes part. */
import { fileURLToPath } from 'node:url';
import { install, installed } from '../peers/packages.js';
import { pythonWithTorch } from '../peers/pytorch.js';
import { open } from '../suite.js';
import { OURS, PLAIN, RELAXED, TEXTBOOK, learners } from './learners.js';

export const TENSORFLOW = 'tfjs-wasm';
export const TENSORFLOW_MINIMIZE = 'tfjs-wasm, minimize';
export const PYTORCH = 'pytorch';
const packages = [TENSORFLOW, 'tfjs-cpu'];
export const peerNames = [...packages, PYTORCH];

/** A contender, and the process that it is. */
export interface Way {
  readonly name: string;
  readonly command: readonly [string, ...string[]];
}

const path = (file: string): string => fileURLToPath(new URL(file, import.meta.url));
const script = (name: string): Way => ({ name, command: [process.execPath, '--import', 'tsx', path('learner.ts'), name] });

/** All that can take part here: of the peers those asked for, installed if need be, or those that are at hand. */
export async function ways(peers: readonly string[] | undefined): Promise<Way[]> {
  const wanted = packages.filter((name) => (peers ?? (installed() ? packages : [])).includes(name));
  if (wanted.length > 0 && !installed()) install(wanted.join(', '));
  if (!peers && wanted.length === 0) console.error(`${packages.join(', ')}: not installed; --peers all installs them in bench/peers`);
  const relaxed = await open('relaxed');
  if (typeof relaxed === 'string') console.error(`${RELAXED}: left out, ${relaxed}`);
  // Ours, the same relaxed, plain JavaScript; then the peers, each by its name and whatever follows it.
  const own = [OURS, ...(typeof relaxed === 'string' ? [] : [RELAXED]), PLAIN, TEXTBOOK];
  const theirs = Object.keys(learners).filter((name) => wanted.some((peer) => name.startsWith(peer)));
  const all = [...own, ...theirs].map(script);
  if (!(peers ?? peerNames).includes(PYTORCH)) return all;
  const python = pythonWithTorch();
  if (python !== undefined) return [...all, { name: PYTORCH, command: [python, path('learner.py')] }];
  console.error('pytorch: left out, no python3 here has torch (Debian: apt-get install python3-torch)');
  return all;
}
