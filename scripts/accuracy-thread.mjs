// A thread does not inherit tsx: this is how accuracy-worker.ts gets to run in one.
import { register } from 'tsx/esm/api';

register();
await import('./accuracy-worker.ts');
