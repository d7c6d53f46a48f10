import { spawn, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { conversation } from './conversation.js';
import type { Peer } from './peer.js';
import { entryFor } from './table.js';

/** Pythons to look in: the first one in the path need not be the one Debian's packages are for. */
const PYTHONS = ['python3', '/usr/bin/python3'];
const SCRIPT = fileURLToPath(new URL('pytorch.py', import.meta.url));

interface Answer {
  readonly version: string;
  readonly milliseconds: number;
  readonly values: string;
}

/** The first Python that has PyTorch. */
export const pythonWithTorch = (): string | undefined => PYTHONS.find((python) => spawnSync(python, ['-c', 'import importlib.util, sys; sys.exit(importlib.util.find_spec("torch") is None)']).status === 0);

/** Native PyTorch in a process of its own, which stays and takes its turns. */
export async function pyTorch(): Promise<Peer> {
  const python = pythonWithTorch();
  if (python === undefined) throw new Error(`pytorch: neither of ${PYTHONS.join(', ')} has torch`);
  const child = spawn(python, [SCRIPT]);
  const ask = conversation<Answer>('pytorch', child);
  const { version } = await ask();
  return {
    name: 'pytorch',
    version,
    async enter(operation, type, inputs) {
      const expression = entryFor(operation)?.torch;
      if (expression === undefined) return undefined;
      const dtype = type === Float32Array ? 'float32' : 'float64';
      const encoded = inputs.map(({ name, shape, values: { buffer, byteOffset, byteLength } }) => ({ name, shape, values: Buffer.from(buffer, byteOffset, byteLength).toString('base64') }));
      await ask({ expression, dtype, inputs: encoded });
      return {
        time: async (calls) => (await ask({ calls })).milliseconds,
        async result() {
          const bytes = Uint8Array.from(Buffer.from((await ask({})).values, 'base64'));
          return new Float64Array(bytes.buffer);
        },
      };
    },
    close: () => child.kill(),
  };
}
