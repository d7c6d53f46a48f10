/** What the tour prints: headings, tables, curves and progress, for terminals and for files alike. */
import asciichart from 'asciichart';
import { SingleBar } from 'cli-progress';
import Table from 'cli-table3';

export const print = (text = ''): void => { process.stdout.write(`${text}\n`); };

export function heading(text: string): void {
  print(`\n${text}\n${'='.repeat(text.length)}\n`);
}

export function subheading(text: string): void {
  print(`${text}\n${'-'.repeat(text.length)}`);
}

export const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;

/** A table whose first column is text and whose others are numbers, unless said otherwise. */
export function table(head: readonly string[], rows: readonly (readonly string[])[], textColumns = 1): void {
  const colAligns = head.map((_, column) => (column < textColumns ? 'left' : 'right'));
  const result = new Table({ head: [...head], colAligns, style: { head: [], border: [], compact: true } });
  result.push(...rows.map((row) => [...row]));
  print(result.toString());
}

const CURVE_WIDTH = 60;
const CURVE_HEIGHT = 8;

/** The loss over the epochs: each point is the mean of those it stands for. */
export function lossCurve(losses: Float64Array): void {
  const width = Math.min(CURVE_WIDTH, losses.length);
  const points = Array.from({ length: width }, (_, i) => {
    const part = losses.subarray(Math.floor((i * losses.length) / width), Math.floor(((i + 1) * losses.length) / width));
    return part.reduce((sum, loss) => sum + loss, 0) / part.length;
  });
  // A curve of one point, or of one height, would be no curve.
  if (Math.max(...points) > Math.min(...points)) {
    print(asciichart.plot(points, { height: CURVE_HEIGHT, min: 0, format: (loss) => loss.toFixed(4).padStart(9) }));
  }
  print(`loss, epochs 1 to ${losses.length}: ${losses[0]!.toFixed(4)} at first, ${losses.at(-1)!.toFixed(4)} at last`);
}

interface Progress {
  readonly update: (done: number, note?: string) => void;
  readonly stop: () => void;
}

/** Runs something that tells how much of it is done: a bar on a terminal, a line at every quarter elsewhere. */
export function withProgress<T>(title: string, total: number, run: (update: Progress['update']) => T): T {
  const { update, stop } = process.stdout.isTTY ? bar(title, total) : lines(title, total);
  try {
    return run(update);
  } finally {
    stop();
  }
}

function bar(title: string, total: number): Progress {
  const single = new SingleBar({
    format: `${title} {bar} {value}/{total} {note}`,
    barCompleteChar: '█',
    barIncompleteChar: '░',
    barsize: 30,
    stream: process.stdout,
    clearOnComplete: true,
    // The terminal stays as it is, so that there is nothing to restore: Ctrl+C ends the process at once, computing or not.
    gracefulExit: false,
    linewrap: true,
    hideCursor: false,
  });
  single.start(total, 0, { note: '' });
  return {
    update(done, note = '') { single.update(done, { note }); },
    stop() { single.stop(); },
  };
}

function lines(title: string, total: number): Progress {
  let quarters = 0;
  return {
    update(done, note) {
      if (Math.floor((4 * done) / total) <= quarters) return;
      quarters = Math.floor((4 * done) / total);
      print(`${title}: ${done}/${total}${note ? `, ${note}` : ''}`);
    },
    stop() { /* every line is complete */ },
  };
}

/** A listener for the epochs of a training that shows the loss. */
export const showLoss = (update: Progress['update']) => (done: number, loss: number): void => { update(done, `loss ${loss.toFixed(4)}`); };
