// A decoder in the browser: a code becomes a digit while a finger moves, and no server is asked.
//
// layers: [{kind: "dense" | "convolution" | "transposed" | "reshape", activation, shape: of the kernel, stride,
// output: [rows, columns, channels] or [units]}]; weights: one Float32Array of all kernels and biases in that order.

const ACTIVATIONS = {
  linear: (x) => x,
  relu: (x) => Math.max(0, x),
  sigmoid: (x) => 1 / (1 + Math.exp(-x)),
  tanh: Math.tanh,
};

function decoderOf(layers, weights) {
  let place = 0;
  const take = (count) => weights.subarray(place, (place += count));
  const steps = layers.filter(({ kind }) => kind !== "reshape").map((layer) => ({
    ...layer,
    kernel: take(layer.shape.reduce((product, side) => product * side, 1)),
    bias: take(layer.output[layer.output.length - 1]),
  }));
  return (code) => steps.reduce((values, step) => {
    const sums = { dense: denseSums, convolution: convolutionSums, transposed: transposedSums }[step.kind](step, values);
    const bend = ACTIVATIONS[step.activation];
    for (let i = 0; i < sums.length; i += 1) sums[i] = bend(sums[i]);
    return sums;
  }, code);
}

function denseSums({ kernel, bias }, values) {
  const sums = Float32Array.from(bias);
  for (let i = 0; i < values.length; i += 1) {
    if (values[i] === 0) continue;
    for (let o = 0, at = i * sums.length; o < sums.length; o += 1, at += 1) sums[o] += values[i] * kernel[at];
  }
  return sums;
}

// Every place of a picture filled with the biases of its channels.
function paperOf([rows, columns, channels], bias) {
  const paper = new Float32Array(rows * columns * channels);
  for (let at = 0; at < paper.length; at += channels) paper.set(bias, at);
  return paper;
}

// Stride 1, as much paper around the picture as the window hangs over. kernel: (rows, columns, in, out).
function convolutionSums({ kernel, bias, shape, output }, values) {
  const [high, wide, inputs, outputs] = shape;
  const [rows, columns] = output;
  const sums = paperOf(output, bias);
  const [above, before] = [Math.floor((high - 1) / 2), Math.floor((wide - 1) / 2)];
  for (let y = 0; y < rows; y += 1) for (let x = 0; x < columns; x += 1) {
    const to = (y * columns + x) * outputs;
    for (let ky = 0; ky < high; ky += 1) for (let kx = 0; kx < wide; kx += 1) {
      const [iy, ix] = [y + ky - above, x + kx - before];
      if (iy < 0 || iy >= rows || ix < 0 || ix >= columns) continue;
      const from = (iy * columns + ix) * inputs;
      for (let i = 0; i < inputs; i += 1) {
        const value = values[from + i];
        if (value === 0) continue;
        const at = ((ky * wide + kx) * inputs + i) * outputs;
        for (let o = 0; o < outputs; o += 1) sums[to + o] += value * kernel[at + o];
      }
    }
  }
  return sums;
}

// Every value lays down its own window, `stride` apart. kernel: (rows, columns, out, in).
function transposedSums({ kernel, bias, shape, stride, output }, values) {
  const [high, wide, outputs, inputs] = shape;
  const [rows, columns] = output;
  const [rowsIn, columnsIn] = [rows / stride, columns / stride];
  const sums = paperOf(output, bias);
  const [above, before] = [Math.floor((high - stride) / 2), Math.floor((wide - stride) / 2)];
  for (let iy = 0; iy < rowsIn; iy += 1) for (let ix = 0; ix < columnsIn; ix += 1) {
    const from = (iy * columnsIn + ix) * inputs;
    for (let ky = 0; ky < high; ky += 1) for (let kx = 0; kx < wide; kx += 1) {
      const [y, x] = [iy * stride + ky - above, ix * stride + kx - before];
      if (y < 0 || y >= rows || x < 0 || x >= columns) continue;
      for (let o = 0; o < outputs; o += 1) {
        const at = ((ky * wide + kx) * outputs + o) * inputs;
        let sum = 0;
        for (let i = 0; i < inputs; i += 1) sum += values[from + i] * kernel[at + i];
        sums[(y * columns + x) * outputs + o] += sum;
      }
    }
  }
  return sums;
}

function floatsFrom(base64) {
  return new Float32Array(bytesFrom(base64).buffer);
}
