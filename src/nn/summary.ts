import type { Layer } from './layer.js';

/** A table of layers, in lines. */
export function summary(layers: readonly Layer[]): string {
  const total = layers.reduce((sum, layer) => sum + parametersOf(layer), 0);
  const table = [['', 'layer', 'features out', 'parameters'], ...linesOf(layers, ''), ['', 'total', '', grouped(total)]];
  const widths = [0, 1, 2, 3].map((column) => Math.max(...table.map((row) => row[column]!.length)));
  return table.map((row) => row.map((cell, column) => (column < 2 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!))).join('  ').trimEnd()).join('\n');
}

const linesOf = (layers: readonly Layer[], prefix: string): string[][] =>
  layers.flatMap((layer, i) =>
    layer.layers ? linesOf(layer.layers, `${prefix}${i}.`) : [[`${prefix}${i}`, layer.title, String(layer.features ?? ''), grouped(parametersOf(layer))]],
  );

const parametersOf = (layer: Layer): number => layer.parameters.reduce((sum, { value }) => sum + value.length, 0);

/** 101,770 */
const grouped = (count: number): string => String(count).replace(/\B(?=(\d{3})+$)/g, ',');
