/** The plots of a report, as specifications of Vega-Lite, and their drawing. */
import { layerOf } from './cases.js';
import { load } from './peers/packages.js';
import { type Report, perElement, speedup, waysOf } from './report.js';
import { COPY, PLAIN, type Result, builds, typedWay, zeroCopyWay } from './suite.js';

export interface Plot {
  readonly file: string;
  readonly caption: string;
  readonly spec: object;
}

/** The colour of a way is the same in all plots. */
const COLOURS: Readonly<Record<string, string>> = {
  [PLAIN]: '#f2c037',
  [typedWay('deterministic')]: '#7fb3f0',
  [zeroCopyWay('deterministic')]: '#1f5fbf',
  [typedWay('relaxed')]: '#8fd694',
  [zeroCopyWay('relaxed')]: '#1a7f37',
  [COPY]: '#999999',
  'tfjs-cpu': '#f5a37a',
  'tfjs-wasm': '#d9480f',
  onnxruntime: '#8e44ad',
  pytorch: '#c2185b',
};

const SMALL = { background: 'white', config: { aria: false, font: 'sans-serif', axis: { grid: true, gridColor: '#eee' } } } as const;
const BARS_AT = [4096, 1048576];

const single = ({ results }: Report): Result[] => results.filter(({ op, dtype }) => dtype === 'f32' && !layerOf(op));

/** Throughput against length of one function, forward and backward side by side. */
function curve(name: string, { peers }: Report, results: readonly Result[]): Plot {
  const ways = waysOf({ peers, results });
  const values = results.flatMap((result) =>
    ways.flatMap((way) => {
      const time = perElement(result, way);
      return time === undefined ? [] : [{ op: result.op, size: result.size, way, throughput: Number((1000 / time).toPrecision(3)) }];
    }),
  );
  const scale = { domain: ways, range: ways.map((way) => COLOURS[way] ?? '#000') };
  return {
    file: `${name}.svg`,
    caption: `${name}: throughput against length`,
    spec: {
      ...SMALL,
      data: { values },
      facet: { column: { field: 'op', title: null, sort: null } },
      spec: {
        width: 260,
        height: 200,
        mark: { type: 'line', strokeWidth: 1.5 },
        encoding: {
          x: { field: 'size', type: 'quantitative', scale: { type: 'log' }, axis: { title: 'elements', format: '~s', values: [1, 10, 100, 1e3, 1e4, 1e5, 1e6, 1e7] } },
          y: { field: 'throughput', type: 'quantitative', scale: { type: 'log' }, axis: { title: 'million elements a second', format: '~s', values: [0.01, 0.1, 1, 10, 100, 1e3, 1e4, 1e5] } },
          color: { field: 'way', type: 'nominal', scale, sort: null, legend: { title: null } },
        },
      },
    },
  };
}

/** Bars: how many times as fast as each peer. */
function bars(report: Report, length: number): Plot | undefined {
  const ways = builds.map(zeroCopyWay).filter((way) => waysOf(report).includes(way));
  const values = single(report)
    .filter(({ size }) => size === length)
    .flatMap((result) =>
      Object.keys(report.peers).flatMap((peer) =>
        ways.flatMap((way) => {
          const times = speedup(result, way, peer);
          return times === undefined ? [] : [{ op: result.op, peer, way, times: Number(times.toPrecision(3)) }];
        }),
      ),
    );
  if (values.length === 0) return undefined;
  return {
    file: `ratios-${length}.svg`,
    caption: `How many times as fast as other libraries, ${length} elements`,
    spec: {
      ...SMALL,
      data: { values },
      facet: { column: { field: 'peer', sort: null, title: `zero copy, ${length} elements: how many times as fast as` } },
      spec: {
        width: 130,
        height: { step: 7 * ways.length },
        mark: { type: 'bar' },
        encoding: {
          y: { field: 'op', type: 'nominal', sort: null, axis: { title: null } },
          x: { field: 'times', type: 'quantitative', scale: { type: 'log', domain: [0.1, 100], clamp: true }, axis: { title: null, values: [0.1, 1, 10, 100], format: '~g' } },
          // A bar begins at 1: to the left of it the peer is ahead.
          x2: { datum: 1 },
          ...(ways.length > 1 && { yOffset: { field: 'way', sort: null } }),
          color: { field: 'way', type: 'nominal', scale: { domain: ways, range: ways.map((way) => COLOURS[way]) }, legend: ways.length > 1 ? { title: null } : null },
        },
      },
    },
  };
}

/** All plots of a report: of float32 elements, where there are several lengths. */
export function plots(report: Report): Plot[] {
  const results = single(report);
  const names = [...new Set(results.map(({ op }) => op.split('.')[0]!))];
  const curves = names.flatMap((name) => {
    const mine = results.filter(({ op }) => op.split('.')[0] === name);
    return new Set(mine.map(({ size }) => size)).size > 1 ? [curve(name, report, mine)] : [];
  });
  return [...BARS_AT.map((length) => bars(report, length)).filter((plot) => plot !== undefined), ...curves];
}

interface Vega {
  parse: (spec: unknown) => unknown;
  View: new (runtime: unknown, options: object) => { toSVG: () => Promise<string>; finalize: () => void };
}

interface VegaLite {
  compile: (spec: object) => { spec: unknown };
}

/** Draws a specification. Tenths of a pixel are enough, and keep the file small and the same on other machines. */
export async function draw(spec: object): Promise<string> {
  const vega = await load<Vega>('vega');
  const { compile } = await load<VegaLite>('vega-lite');
  const view = new vega.View(vega.parse(compile(spec).spec), { renderer: 'none' });
  const svg = await view.toSVG();
  view.finalize();
  return `${svg.replace(/\d+\.\d{2,}(?:e-\d+)?/g, (number) => String(Number(Number(number).toFixed(1))))}\n`;
}
