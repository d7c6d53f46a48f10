import { onnxRuntime } from './onnxruntime.js';
import { install, installed } from './packages.js';
import type { Peer } from './peer.js';
import { pyTorch, pythonWithTorch } from './pytorch.js';
import { tensorFlow } from './tfjs.js';

const packages: Readonly<Record<string, () => Promise<Peer>>> = {
  'tfjs-cpu': () => tensorFlow('cpu'),
  'tfjs-wasm': () => tensorFlow('wasm'),
  onnxruntime: onnxRuntime,
};

export const peerNames = [...Object.keys(packages), 'pytorch'];

/** The peers of these names, installed if need be; without names, those that are at hand. PyTorch is not ours to install. */
export async function openPeers(names: readonly string[] | undefined): Promise<Peer[]> {
  const wanted = names ?? (installed() ? peerNames : ['pytorch']);
  const fromPackages = wanted.filter((name) => packages[name]);
  if (fromPackages.length > 0 && !installed()) install(fromPackages.join(', '));
  const peers: Peer[] = [];
  for (const name of fromPackages) peers.push(await packages[name]!());
  if (wanted.includes('pytorch')) {
    if (pythonWithTorch() !== undefined) peers.push(await pyTorch());
    else if (names) console.error('pytorch: no python3 here has torch (Debian: apt-get install python3-torch); there is no column for it');
  }
  return peers;
}
