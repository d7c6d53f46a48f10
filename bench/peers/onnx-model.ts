import { load } from './packages.js';

/** The name of a tensor in a graph. */
export type Value = string;

interface Attribute {
  readonly name: string;
  readonly type: number;
  readonly f?: number;
  readonly i?: number;
}

/** A graph under construction. */
export class Graph {
  readonly nodes: { readonly input: readonly Value[]; readonly output: readonly Value[]; readonly opType: string; readonly attribute: readonly Attribute[] }[] = [];
  readonly initializers: { readonly name: string; readonly dims: readonly number[]; readonly dataType: number; readonly floatData: ArrayLike<number> }[] = [];

  /** An operator of ONNX applied. Its attributes that are called axis or trans... are integers, the others numbers. */
  node(operator: string, inputs: readonly Value[], attributes: Readonly<Record<string, number>> = {}): Value {
    const name = `v${this.nodes.length}`;
    const attribute = Object.entries(attributes).map(([key, value]) => (/^axis|^trans/.test(key) ? { name: key, type: 2, i: value } : { name: key, type: 1, f: value }));
    this.nodes.push({ input: inputs, output: [name], opType: operator, attribute });
    return name;
  }

  /** A constant. */
  number(value: number): Value {
    const name = `c${this.initializers.length}`;
    this.tensor(name, [], [value]);
    return name;
  }

  /** A constant array, which the runtime may bring into the order it likes. */
  tensor(name: Value, dims: readonly number[], floatData: ArrayLike<number>): void {
    this.initializers.push({ name, dims, dataType: FLOAT, floatData });
  }
}

const FLOAT = 1;
const OPSET = 20;
const IR_VERSION = 9;

/** What is needed of onnx.proto, the definition of the format: https://github.com/onnx/onnx/blob/main/onnx/onnx.proto */
const FORMAT = `
syntax = "proto3";
message Model { int64 ir_version = 1; Graph graph = 7; repeated OperatorSet opset_import = 8; }
message OperatorSet { string domain = 1; int64 version = 2; }
message Graph { repeated Node node = 1; string name = 2; repeated Tensor initializer = 5; repeated ValueInfo input = 11; repeated ValueInfo output = 12; }
message Node { repeated string input = 1; repeated string output = 2; string op_type = 4; repeated Attribute attribute = 5; }
message Attribute { string name = 1; float f = 2; int64 i = 3; int32 type = 20; }
message Tensor { repeated int64 dims = 1; int32 data_type = 2; repeated float float_data = 4; string name = 8; }
message ValueInfo { string name = 1; Type type = 2; }
message Type { TensorType tensor_type = 1; }
message TensorType { int32 elem_type = 1; Shape shape = 2; }
message Shape { repeated Dimension dim = 1; }
message Dimension { int64 dim_value = 1; }
`;

interface Protobuf {
  parse: (source: string) => { root: { lookupType: (name: string) => { fromObject: (message: object) => object; encode: (message: object) => { finish: () => Uint8Array } } } };
}

interface Shaped {
  readonly name: Value;
  readonly shape: readonly number[];
}

/** The bytes of a model whose graph takes float32 tensors of these shapes and gives one. */
export async function model(graph: Graph, inputs: readonly Shaped[], output: Shaped): Promise<Uint8Array> {
  const { default: protobuf } = await load<{ default: Protobuf }>('protobufjs');
  const type = protobuf.parse(FORMAT).root.lookupType('Model');
  const info = ({ name, shape }: Shaped): object => ({ name, type: { tensorType: { elemType: FLOAT, shape: { dim: shape.map((length) => ({ dimValue: length })) } } } });
  const message = type.fromObject({
    irVersion: IR_VERSION,
    opsetImport: [{ domain: '', version: OPSET }],
    graph: {
      name: 'benchmark',
      node: graph.nodes,
      initializer: graph.initializers,
      input: inputs.map(info),
      output: [info(output)],
    },
  });
  return type.encode(message).finish();
}
