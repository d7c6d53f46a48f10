/**
 * A contender, in a process of its own: what others teach V8 about shared functions, and the garbage they leave, is none of its
 * business. Its name is the argument. It reads requests as lines of JSON, a problem and then numbers of epochs, and answers
 * each with a line of JSON.
 */
import { createInterface } from 'node:readline';
import { learners } from './learners.js';
import { type Learner, type Written, read } from './problems.js';

const start = learners[process.argv[2]!]!;
let learner: Learner | undefined;

for await (const line of createInterface({ input: process.stdin })) {
  const request = JSON.parse(line) as { readonly problem: Written } | { readonly epochs: number };
  if ('problem' in request) {
    learner = await start(read(request.problem));
    answer({ version: learner.version });
  } else answer(train(learner!, request.epochs));
}

function train({ epoch }: Learner, epochs: number): object {
  const losses: number[] = [];
  const start = performance.now();
  for (let i = 0; i < epochs; i++) losses.push(epoch());
  return { milliseconds: performance.now() - start, losses };
}

function answer(values: object): void {
  process.stdout.write(`${JSON.stringify(values)}\n`);
}
