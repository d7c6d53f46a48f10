import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { createInterface } from 'node:readline';

/** Writes requests to a process, one a line of JSON, and reads an answer to each; without a request, what it says first. */
export function conversation<Answer>(name: string, child: ChildProcessWithoutNullStreams): (request?: object) => Promise<Answer> {
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  let complaint = '';
  child.stderr.on('data', (text: Buffer) => (complaint += text.toString()));
  return async (request) => {
    if (request) child.stdin.write(`${JSON.stringify(request)}\n`);
    const answer = await answers.next();
    if (answer.done === true) throw new Error(`${name}: ${complaint.trim() || 'the process ended'}`);
    return JSON.parse(answer.value) as Answer;
  };
}
