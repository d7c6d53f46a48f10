/** A CSV file as a table of numbers and labels; whatever is wrong with it is an error that names the line and the column. */
import { type CsvError, parse } from 'csv-parse/sync';

/** What the user can mend: shown as a message, without a stack. */
export class UserError extends Error {}

export interface Table {
  /** Names of the features: the header's, or `column 1` and so on. */
  readonly names: readonly string[];
  readonly header: boolean;
  readonly labelName: string;
  /** Row by row, in double precision. */
  readonly features: Float64Array;
  readonly labels: readonly string[];
  /** The line of the file each row ends on. */
  readonly lines: readonly number[];
  /** The label's column, counted from 0. */
  readonly labelColumn: number;
}

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
const isNumber = (text: string): boolean => NUMBER.test(text) && Number.isFinite(Number(text));

/** An error in a cell; the column is counted from 0 here. */
const wrong = (line: number, column: number, message: string): UserError => new UserError(`line ${line}, column ${column + 1}: ${message}`);

/** Reads a table. `label` is the name of the label column or its number from 1; without it, it is the last column. */
export function parseTable(bytes: Buffer, label?: string): Table {
  const rows = new Rows(label);
  try {
    parse(bytes, {
      bom: true,
      delimiter: delimiterOf(bytes),
      record_delimiter: ['\r\n', '\n', '\r'],
      relax_column_count: true, // told by Rows, with the column
      max_record_size: 0,
      skip_empty_lines: true,
      trim: true,
      // Taken row by row: the whole file as strings might not fit the memory.
      on_record: (record: string[], { lines }) => {
        rows.add(record, lines);
        return null;
      },
    });
  } catch (error) {
    if (!isCsvError(error)) throw error;
    // The parser gives the last line of the file for this one.
    if (error.code === 'CSV_QUOTE_NOT_CLOSED') throw wrong(rows.line + 1, error.column, 'a quoted cell that begins in this row never ends');
    throw wrong(error.lines, error.column, error.message);
  }
  return rows.table();
}

function isCsvError(error: unknown): error is CsvError & { lines: number; column: number } {
  return error instanceof Error && 'lines' in error && 'column' in error;
}

/** Whichever of tab, semicolon and comma is most frequent in the first line, outside quotes. */
function delimiterOf(bytes: Buffer): string {
  const text = bytes.toString('utf8', 0, 65536).trimStart();
  const counts = new Map([['\t', 0], [';', 0], [',', 0]]);
  let quoted = false;
  for (const character of text) {
    if (character === '"') quoted = !quoted;
    if (quoted) continue;
    if (character === '\n' || character === '\r') break;
    if (counts.has(character)) counts.set(character, counts.get(character)! + 1);
  }
  return [...counts].reduce((most, candidate) => (candidate[1] > most[1] ? candidate : most))[0];
}

interface Row {
  readonly features: Float64Array;
  readonly label: string;
  readonly line: number;
}

/** The rows so far. Whether the first one is a header shows when the rest is known. */
class Rows {
  readonly #wanted: string | undefined;
  readonly #rows: Row[] = [];
  #first: { cells: string[]; line: number } | undefined;
  #label = 0;
  #labelIsNamed = false;
  /** The line the last row ends on. */
  line = 0;

  constructor(wanted: string | undefined) {
    this.#wanted = wanted;
  }

  add(cells: string[], line: number): void {
    if (!this.#first) {
      this.#first = { cells, line };
      this.#findLabel(cells, line);
    } else {
      this.#rows.push(this.#row(cells, line));
    }
    this.line = line;
  }

  #findLabel(cells: string[], line: number): void {
    const width = cells.length;
    if (width < 2) {
      throw wrong(line, 0, 'there is only one column; features and a label need at least two, with commas, semicolons or tabs between them');
    }
    const wanted = this.#wanted ?? String(width);
    const number = Number(wanted);
    this.#label = Number.isInteger(number) && number >= 1 && number <= width ? number - 1 : cells.indexOf(wanted);
    this.#labelIsNamed = cells[this.#label] === wanted && !isNumber(wanted);
    if (this.#label < 0) {
      const names = cells.length > 20 ? [...cells.slice(0, 20), '...'] : cells;
      throw new UserError(`line ${line}: there is no column ${JSON.stringify(wanted)}; there are ${names.join(', ')}, or 1 to ${width}`);
    }
  }

  #row(cells: string[], line: number): Row {
    const width = this.#first!.cells.length;
    if (cells.length < width) throw wrong(line, cells.length, `the row ends after ${cells.length} of ${width} columns`);
    if (cells.length > width) throw wrong(line, width, `the row has ${cells.length} columns, the first one has ${width}`);
    const features = new Float64Array(width - 1);
    let next = 0;
    cells.forEach((cell, column) => {
      if (cell === '') throw wrong(line, column, 'the cell is empty');
      if (column === this.#label) return;
      if (!isNumber(cell)) throw wrong(line, column, `${JSON.stringify(cell)} is not a number; features must be numbers${hint(cell)}`);
      features[next++] = Number(cell);
    });
    return { features, label: cells[this.#label]!, line };
  }

  /** A row of names: its label is no label of the rest, and a feature is no number where the rest's are; or the label is not. */
  #firstIsHeader(cells: string[]): boolean {
    if (this.#labelIsNamed) return true;
    const label = cells[this.#label]!;
    if (this.#rows.some((row) => row.label === label)) return false;
    if (cells.some((cell, column) => column !== this.#label && !isNumber(cell))) return true;
    return !isNumber(label) && this.#rows.length > 0 && this.#rows.every((row) => isNumber(row.label));
  }

  table(): Table {
    if (!this.#first) throw wrong(1, 0, 'the file is empty');
    const { cells, line } = this.#first;
    const header = this.#firstIsHeader(cells);
    const rows = header ? this.#rows : [this.#row(cells, line), ...this.#rows];
    if (rows.length === 0) throw wrong(line, 0, 'there is a header and nothing else');
    const names = cells.map((cell, column) => (header && cell !== '' ? cell : `column ${column + 1}`));
    const width = cells.length - 1;
    const features = new Float64Array(rows.length * width);
    rows.forEach((row, i) => { features.set(row.features, i * width); });
    return {
      names: names.filter((_, column) => column !== this.#label),
      header,
      labelName: names[this.#label]!,
      labelColumn: this.#label,
      features,
      labels: rows.map((row) => row.label),
      lines: rows.map((row) => row.line),
    };
  }
}

/** What else the cell may have been meant for. */
const hint = (cell: string): string => (/^[+-]?\d*,\d+$/.test(cell) ? ', with a decimal point' : '');

export interface Classes {
  readonly names: readonly string[];
  /** The class of each row. */
  readonly labels: Int32Array;
}

/** The different labels in order, and which of them each row has. At least two classes of two examples. */
export function classesOf({ labels, lines, labelName, labelColumn }: Table): Classes {
  const counts = new Map<string, number>();
  for (const label of labels) counts.set(label, (counts.get(label) ?? 0) + 1);
  const names = [...counts.keys()];
  if (names.length < 2) {
    throw wrong(lines[0]!, labelColumn, `all labels are ${JSON.stringify(names[0])}; to tell classes apart, there must be two at least`);
  }
  const lonely = labels.findIndex((label) => counts.get(label) === 1);
  if (lonely >= 0) {
    const others = names.filter((name) => counts.get(name) === 1).length - 1;
    const more = others > 0 ? `, and ${others} more are the same` : '';
    const advice = `a class needs one example to train on and one to hold out. Is ${labelName} the label? --label names another column`;
    throw wrong(lines[lonely]!, labelColumn, `${JSON.stringify(labels[lonely])} is the label of this row alone${more}; ${advice}`);
  }
  names.sort(names.every(isNumber) ? (a, b) => Number(a) - Number(b) : undefined);
  const numbers = new Map(names.map((name, i) => [name, i]));
  return { names, labels: Int32Array.from(labels, (label) => numbers.get(label)!) };
}
