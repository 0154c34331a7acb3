// What takes the time in a network: windows laid out as rows, and rows multiplied with weights.

/**
 * How much paper "same" puts before the first pixel, TensorFlow's way: what is odd goes to the end.
 * @param {number} length
 * @param {number} kernel
 * @param {number} stride
 * @param {string} padding
 */
export function paddingBefore(length, kernel, stride, padding) {
  if (padding !== "same") return 0;
  return Math.floor(Math.max((Math.ceil(length / stride) - 1) * stride + kernel - length, 0) / 2);
}

/**
 * @param {number} start
 * @param {number} length
 * @param {number} most
 */
export function clipRange(start, length, most) {
  return [Math.max(start, 0), Math.min(start + length, most)];
}

/**
 * Each window of a picture as a row of high * wide * channels numbers (im2col: Chellapilla, Puri, Simard 2006). Which
 * piece of the picture goes where is worked out once; what lies beyond its edge stays nought.
 * @param {{values: Float32Array, shape: number[]}} input
 * @param {{shape: number[], strides: number[], padding: string}} layer
 * @param {number[]} kernel
 */
export function im2col(input, layer, kernel) {
  const { shape: [rows, columns], strides, padding } = layer;
  const [high, wide] = kernel;
  const [rowsIn, columnsIn, channels] = input.shape;
  const above = paddingBefore(rowsIn, high, strides[0], padding);
  const left = paddingBefore(columnsIn, wide, strides[1], padding);
  const patches = new Float32Array(rows * columns * high * wide * channels);
  const pieces = []; // from, to, length, from, to, length, ...
  for (let place = 0; place < rows * columns; place += 1) {
    const top = Math.floor(place / columns) * strides[0] - above;
    const side = (place % columns) * strides[1] - left;
    const [start, end] = clipRange(side, wide, columnsIn);
    for (let ky = 0; ky < high; ky += 1) {
      if (top + ky < 0 || top + ky >= rowsIn || end <= start) continue;
      const to = ((place * high + ky) * wide + start - side) * channels;
      pieces.push(((top + ky) * columnsIn + start) * channels, to, (end - start) * channels);
    }
  }
  const plan = Int32Array.from(pieces);
  const gather = () => {
    const { values } = input;
    for (let piece = 0; piece < plan.length; piece += 3) {
      for (
        let from = plan[piece], to = plan[piece + 1], end = from + plan[piece + 2];
        from < end;
        from += 1, to += 1
      ) {
        patches[to] = values[from];
      }
    }
  };
  return { patches, gather };
}

/**
 * rows (count, depth) times weights (depth, width), plus bias, into `sums` (count, width). weightAt(k, f): the weights.
 * Two rows at a time, of which only what is not nought in both is kept (half of it, behind a ReLU), and of that four
 * columns at a time: eight sums in registers. The weights are laid out in the order in which they are needed.
 * @param {number} depth
 * @param {number} width
 * @param {(k: number, f: number) => number} weightAt
 * @param {Float32Array} [bias]
 */
export function createMatmul(depth, width, weightAt, bias) {
  const columns = 4;
  const blocks = Math.ceil(width / columns);
  const packed = new Float32Array(blocks * depth * columns);
  for (let k = 0; k < depth; k += 1) {
    for (let f = 0; f < width; f += 1) {
      packed[(Math.floor(f / columns) * depth + k) * columns + (f % columns)] = weightAt(k, f);
    }
  }
  const start = new Float32Array(blocks * columns);
  if (bias) start.set(bias);
  const whole = width % columns === 0;
  const places = new Int32Array(depth); // of the numbers that are not nought
  const [ones, others] = [new Float32Array(depth), new Float32Array(depth)];
  /** @type {(rows: Float32Array, count: number, sums: Float32Array) => void} */
  const multiply = (rows, count, sums) => {
    for (let row = 0; row < count; row += 2) {
      const two = row + 1 < count;
      let found = 0;
      for (let k = 0, i = row * depth, j = two ? i + depth : i; k < depth; k += 1, i += 1, j += 1) {
        const x = rows[i], y = rows[j];
        if (x === 0 && y === 0) continue;
        places[found] = k * columns;
        ones[found] = x;
        others[found] = y;
        found += 1;
      }
      for (let block = 0; block < blocks; block += 1) {
        const f = block * columns;
        const from = f * depth;
        let a0 = start[f], a1 = start[f + 1], a2 = start[f + 2], a3 = start[f + 3];
        let b0 = a0, b1 = a1, b2 = a2, b3 = a3;
        for (let q = 0; q < found; q += 1) {
          const at = from + places[q];
          const x = ones[q], y = others[q];
          const w0 = packed[at], w1 = packed[at + 1], w2 = packed[at + 2], w3 = packed[at + 3];
          a0 += x * w0;
          a1 += x * w1;
          a2 += x * w2;
          a3 += x * w3;
          b0 += y * w0;
          b1 += y * w1;
          b2 += y * w2;
          b3 += y * w3;
        }
        const to = row * width + f;
        const many = whole ? columns : Math.min(columns, width - f);
        put(sums, to, many, a0, a1, a2, a3);
        if (two) put(sums, to + width, many, b0, b1, b2, b3);
      }
    }
  };
  return multiply;
}

/**
 * @param {Float32Array} sums
 * @param {number} at
 * @param {number} many
 * @param {number} a
 * @param {number} b
 * @param {number} c
 * @param {number} d
 */
function put(sums, at, many, a, b, c, d) {
  sums[at] = a;
  if (many > 1) sums[at + 1] = b;
  if (many > 2) sums[at + 2] = c;
  if (many > 3) sums[at + 3] = d;
}
