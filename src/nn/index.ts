/** Small networks in wasm memory: layers, losses, optimizers, and their files. */
export { Activation } from './activation.js';
export { Batches } from './batches.js';
export { Linear } from './linear.js';
export { BinaryCrossEntropyWithLogits, MeanSquaredError, SoftmaxCrossEntropy } from './losses.js';
export { Adam, AdamW, SGD } from './optimizers.js';
export { readLayersModel } from './layers-model.js';
export { readSafetensors, writeSafetensors } from './safetensors.js';
export { Sequential } from './sequential.js';

export type { ActivationLayerOptions, LayerActivation } from './activation.js';
export type { Batch, BatchesOptions } from './batches.js';
export type { Context, ContextOptions, FloatType, Floats } from './context.js';
export type { LayerFigures } from './figures.js';
export type { Initialization } from './initializations.js';
export type { BackwardOptions, Layer, Parameter, Place } from './layer.js';
export type { LayerDescription, LayersModel, LayersModelContents, LinearDescription } from './layers-model.js';
export type { LinearLayerOptions } from './linear.js';
export type { BinaryCrossEntropyLayerOptions, LossLayerOptions, LossReduction, MeanSquaredErrorLayerOptions, SoftmaxCrossEntropyLayerOptions } from './losses.js';
export type { AdamOptions, SgdOptions } from './optimizers.js';
export type { SafetensorsFile, StateDict, Tensor } from './safetensors.js';
