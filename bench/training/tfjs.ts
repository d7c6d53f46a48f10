/** A step of training as a user of TensorFlow.js writes it, and as one does who cares for speed. */
import { createRequire } from 'node:module';
import { type Loaded, loadTensorFlow } from '../peers/tfjs.js';
import { type Learner, type Problem, layersOf } from './problems.js';

/** What is used of @tensorflow/tfjs-core: the package need not be there to compile this. */
interface Tensor {
  dataSync: () => ArrayLike<number>;
  dispose: () => void;
}
interface Variable extends Tensor {
  assign: (value: Tensor) => void;
}
type Operand = Tensor | number;
type Unary = 'tanh' | 'exp' | 'square' | 'neg' | 'logSoftmax' | 'transpose' | 'zerosLike';
type Binary = 'add' | 'sub' | 'mul' | 'div';
type TensorFlow = Loaded &
  Record<Unary, (x: Tensor) => Tensor> &
  Record<Binary, (a: Operand, b: Operand) => Tensor> & {
    matMul: (a: Tensor, b: Tensor, transposeA?: boolean, transposeB?: boolean) => Tensor;
    sum: (x: Tensor, axis?: number) => Tensor;
    oneHot: (labels: Tensor, depth: number) => Tensor;
    cast: (x: Tensor, type: string) => Tensor;
    tensor: (values: Float32Array | Int32Array, shape: readonly number[]) => Tensor;
    variable: (value: Tensor) => Variable;
    tidy: (compute: () => Tensor) => Tensor;
    losses: { softmaxCrossEntropy: (oneHot: Tensor, logits: Tensor) => Tensor };
    train: { momentum: (learningRate: number, momentum: number) => { minimize: (cost: () => Tensor, returnCost: true) => Tensor } };
  };

/** One step, which gives its loss. */
type Step = (x: Tensor, targets: Tensor) => Tensor;

/** How a problem is learned on a backend, of TensorFlow.js's own accord or by a backward pass in its operations. */
export async function tensorFlow(backend: 'cpu' | 'wasm', problem: Problem, way: 'minimize' | 'by hand'): Promise<Learner> {
  const tf = await loadTensorFlow<TensorFlow>(backend);
  const { sizes, features, labels, batch, starts } = problem;
  const [columns] = sizes as [number];
  const layers = layersOf(problem).map(({ inputs, outputs, weight, bias }) => ({
    // Its layers keep weights as [inFeatures, outFeatures].
    weight: tf.variable(tf.transpose(tf.tensor(weight, [outputs, inputs]))),
    bias: tf.variable(tf.tensor(bias, [outputs])),
  }));
  const batches = starts.map((start) => ({
    x: tf.tensor(features.slice(start * columns, (start + batch) * columns), [batch, columns]),
    targets: tf.cast(tf.oneHot(tf.tensor(labels.slice(start, start + batch), [batch]), sizes.at(-1)!), 'float32'),
  }));
  const step = (way === 'minimize' ? minimizing : byHand)(tf, layers, problem);
  return {
    version: tf.version_core,
    epoch() {
      let sum = 0;
      for (const { x, targets } of batches) {
        const loss = step(x, targets);
        sum += loss.dataSync()[0]!;
        loss.dispose();
      }
      return sum / batches.length;
    },
  };
}

interface Layer {
  readonly weight: Variable;
  readonly bias: Variable;
}

/** The inputs of each layer, then the logits. A fused matrix product would be no faster. */
function activations(tf: TensorFlow, layers: readonly Layer[], x: Tensor): Tensor[] {
  const all = [x];
  layers.forEach(({ weight, bias }, i) => {
    const z = tf.add(tf.matMul(all[i]!, weight), bias);
    all.push(i < layers.length - 1 ? tf.tanh(z) : z);
  });
  return all;
}

function minimizing(tf: TensorFlow, layers: readonly Layer[], { learningRate, momentum }: Problem): Step {
  // The bundle for Node is without gradients; they are in a file for other bundlers, which tsx lets be required.
  createRequire(new URL('../peers/', import.meta.url))('@tensorflow/tfjs-core/dist/register_all_gradients.js');
  const optimizer = tf.train.momentum(learningRate, momentum);
  return (x, targets) => optimizer.minimize(() => tf.losses.softmaxCrossEntropy(targets, activations(tf, layers, x).at(-1)!), true);
}

function byHand(tf: TensorFlow, layers: readonly Layer[], { learningRate, momentum, batch }: Problem): Step {
  const velocities = layers.map(({ weight, bias }) => ({ weight: tf.variable(tf.zerosLike(weight)), bias: tf.variable(tf.zerosLike(bias)) }));
  const descend = (value: Variable, velocity: Variable, gradient: Tensor): void => {
    velocity.assign(tf.add(tf.mul(velocity, momentum), gradient));
    value.assign(tf.sub(value, tf.mul(velocity, learningRate)));
  };
  return (x, targets) => tf.tidy(() => {
    const inputs = activations(tf, layers, x);
    const logProbabilities = tf.logSoftmax(inputs.at(-1)!);
    let dz = tf.div(tf.sub(tf.exp(logProbabilities), targets), batch);
    for (let i = layers.length - 1; i >= 0; i--) {
      const { weight, bias } = layers[i]!;
      const input = inputs[i]!;
      const dWeight = tf.matMul(input, dz, true);
      const dBias = tf.sum(dz, 0);
      if (i > 0) dz = tf.mul(tf.matMul(dz, weight, false, true), tf.sub(1, tf.square(input)));
      descend(weight, velocities[i]!.weight, dWeight);
      descend(bias, velocities[i]!.bias, dBias);
    }
    return tf.neg(tf.div(tf.sum(tf.mul(targets, logProbabilities)), batch));
  });
}
