/**
 * The vanishing gradient made visible: the same network of ten hidden layers with sigmoid, tanh and relu between them. How much
 * gradient arrives at each layer before training, what the layers do, and what becomes of the loss.
 */
import { activations, ready } from '../src/index.js';
import { Activation, Batches, Linear, SGD, Sequential, SoftmaxCrossEntropy } from '../src/nn/index.js';
import { type Dataset, seeded, spirals } from './data.js';
import { heading, percent, print, table } from './report.js';

const DEPTH = 10;
const UNITS = 32;
const EPOCHS = 30;
const NAMES = ['sigmoid', 'tanh', 'relu'] as const;

function train(name: (typeof NAMES)[number], { features, labels, columns, classes }: Dataset) {
  const hidden = Array.from({ length: DEPTH }, (_, i) => [new Linear(i === 0 ? columns : UNITS, UNITS), new Activation(activations[name])]).flat();
  const model = new Sequential([...hidden, new Linear(UNITS, classes.length)], { seed: 1 });
  const loss = new SoftmaxCrossEntropy();
  const optimizer = new SGD(model.parameters, { learningRate: 0.02, momentum: 0.9 });
  const batches = new Batches(features, labels, { size: 100, seed: 1 });
  const first = loss.forward(model.forward(features), labels);
  model.backward(loss.backward());
  const atFirst = model.diagnose();
  let last = first;
  for (let epoch = 0; epoch < EPOCHS; epoch++) {
    for (const { x, targets } of batches) {
      loss.forward(model.forward(x), targets);
      model.backward(loss.backward());
      optimizer.step();
    }
    last = loss.forward(model.forward(features), labels);
  }
  const gradientNorms = atFirst.flatMap(({ gradientNorm }) => gradientNorm ?? []);
  const outputs = atFirst.flatMap(({ output, meanShift }) => (output ? [{ ...output, meanShift: meanShift! }] : []));
  for (const part of [model, loss, optimizer, batches]) part.free();
  return { gradientNorms, outputs, first, last };
}

await ready;
const data = spirals(1500, 3, seeded(1));
const results = NAMES.map((name) => ({ name, ...train(name, data) }));

heading(`Norms of the gradients of ${DEPTH + 1} linear layers before the first step`);
table(['layer', ...NAMES], Array.from({ length: DEPTH + 1 }, (_, i) => [`${i + 1}`, ...results.map(({ gradientNorms }) => gradientNorms[i]!.toExponential(1))]));
heading('The outputs of the last hidden layer before the first step');
table(
  ['activation', 'dead', 'dead units', 'saturated', 'standard deviation', 'mean / standard deviation'],
  results.map(({ name, outputs }) => {
    const { dead, deadUnits, saturatedLeft, saturatedRight, variance, meanShift } = outputs.at(-1)!;
    return [name, percent(dead), percent(deadUnits!), percent(saturatedLeft + saturatedRight), Math.sqrt(variance).toFixed(4), meanShift.toFixed(2)];
  }),
);
heading(`The loss before and after ${EPOCHS} epochs`);
table(['activation', 'before', 'after'], results.map(({ name, first, last }) => [name, first.toFixed(3), last.toFixed(3)]));
print(`A guess has a loss of ln 3 = ${Math.log(3).toFixed(3)}.`);
