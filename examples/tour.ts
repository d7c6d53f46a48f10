/** `npm start`: what the package does, on its own data or on somebody's CSV file. */
import { Command, InvalidArgumentError, Option } from 'commander';
import { type Activations, activations, ready } from '../src/index.js';
import { UserError } from './csv.js';
import { guidedTour } from './guided-tour.js';
import { type OwnDataOptions, ownData } from './own-data.js';

function wholeNumber(least: number) {
  return (text: string): number => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= least && Number.isSafeInteger(value)) return value;
    throw new InvalidArgumentError(`It must be a whole number of at least ${least}.`);
  };
}

function positiveNumber(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !(value > 0 && value < Infinity)) throw new InvalidArgumentError('It must be a number above 0.');
  return value;
}

function layerSizes(text: string): number[] {
  if (text === 'none') return [];
  if (/^[1-9]\d{0,4}(,[1-9]\d{0,4})*$/.test(text)) return text.split(',').map(Number);
  throw new InvalidArgumentError('It must be the sizes of the hidden layers, such as 32,16 (each from 1 to 99999), or none.');
}

const NAMES = Object.keys(activations).join(', ');

function activationName(text: string): keyof Activations {
  if (Object.hasOwn(activations, text)) return text as keyof Activations;
  throw new InvalidArgumentError(`There are ${NAMES}.`);
}

const program = new Command('npm start --')
  .description('Activation functions at work: a short tour on generated data, or a network for the table in a CSV file.')
  .argument('[data.csv]', 'numeric features and a label, with a header or without')
  .addOption(new Option('--hidden <sizes>', 'sizes of the hidden layers, or none').default([32, 16], '32,16').argParser(layerSizes))
  .addOption(new Option('--activation <name>', `between the layers: ${NAMES}`).default('tanh').argParser(activationName))
  .addOption(new Option('--epochs <n>', 'passes over the training examples (default: what makes about 6000 steps)').argParser(wholeNumber(1)))
  .option('--label <column>', 'name or number, from 1, of the label column (default: the last one)')
  .addOption(new Option('--seed <n>', 'of all random numbers').default(1).argParser(wholeNumber(0)))
  .addOption(new Option('--rate <r>', 'learning rate').default(0.02).argParser(positiveNumber))
  .action(async (file: string | undefined, options: OwnDataOptions) => {
    await ready;
    if (file !== undefined) ownData(file, options);
    else {
      const alien = ['hidden', 'activation', 'epochs', 'label', 'rate'].find((name) => program.getOptionValueSource(name) === 'cli');
      if (alien !== undefined) throw new UserError(`--${alien} goes with a CSV file, and none is given`);
      guidedTour(options.seed);
    }
  });

// The reader of a pipe may leave, as `head` does.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(0);
});

try {
  await program.parseAsync();
} catch (error) {
  if (!(error instanceof UserError)) throw error;
  process.stderr.write(`error: ${error.message}\n`);
  process.exitCode = 1;
}
