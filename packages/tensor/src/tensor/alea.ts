// The generator Alea, as the library seedrandom has it.
//
// Copyright (C) 2010 by Johannes Baagøe <baagoe@baagoe.org>
//
// Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated documentation
// files (the "Software"), to deal in the Software without restriction, including without limitation the rights to use, copy,
// modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to permit persons to whom the
// Software is furnished to do so, subject to the following conditions:
//
// The above copyright notice and this permission notice shall be included in all copies or substantial portions of the
// Software.
//
// THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE
// WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR
// COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE,
// ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.

/** The last three numbers that were drawn, and the carry of the last multiplication. */
export type AleaState = {
  c: number;
  s0: number;
  s1: number;
  s2: number;
};

/** The state that a seed stands for. */
export function seedAlea(seed: string): AleaState {
  const mash = masher();
  const blanks = [mash(" "), mash(" "), mash(" ")];
  const [s0, s1, s2] = blanks.map((blank) => {
    const s = blank - mash(seed);
    return s < 0 ? s + 1 : s;
  });
  return { c: 1, s0: s0!, s1: s1!, s2: s2! };
}

/** The next number in [0, 1), a multiple of 2⁻³²; moves the state on. */
export function drawAlea(state: AleaState): number {
  const t = 2_091_639 * state.s0 + state.c * 2 ** -32;
  state.s0 = state.s1;
  state.s1 = state.s2;
  state.c = Math.trunc(t);
  state.s2 = t - state.c;
  return state.s2;
}

/** Makes numbers in [0, 1) of texts; each depends on all before it. */
function masher(): (text: string) => number {
  let n = 0xefc8249d;
  return (text) => {
    for (let i = 0; i < text.length; i++) {
      n += text.charCodeAt(i);
      let h = 0.02519603282416938 * n;
      n = h >>> 0;
      h -= n;
      h *= n;
      n = h >>> 0;
      h -= n;
      n += h * 2 ** 32;
    }
    return (n >>> 0) * 2 ** -32;
  };
}
