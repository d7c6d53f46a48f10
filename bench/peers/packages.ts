import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const DIRECTORY = new URL('./', import.meta.url);

/** Whether the packages of bench/peers/package.json are there. */
export const installed = (): boolean => existsSync(new URL('node_modules/.package-lock.json', DIRECTORY));

/** Installs them. They are 250 MB: only what is asked for gets here. */
export function install(what: string): void {
  console.error(`${what}: installing the packages of bench/peers/package.json ...`);
  const { status } = spawnSync('npm', ['ci', '--no-audit', '--no-fund'], { cwd: fileURLToPath(DIRECTORY), stdio: ['ignore', 2, 2] });
  if (status !== 0) throw new Error(`${what}: npm ci in bench/peers failed`);
}

/** One of them. The compiler is not to look for it: it need not be there. */
export const load = async <Module>(name: string): Promise<Module> => (await import(name)) as Module;
