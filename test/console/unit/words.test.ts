import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { secondsOf, shellSyntaxOf, sizeOf, variablesOf, wordsOf } from '../../../console/new-run/words.ts';
import { inShell } from '../../../lib/composition/session/engine-sessions.ts';

describe('input of the form of a run', () => {
  it('is split into words like in a shell', () => {
    expect(wordsOf(`/bin/sh -c 'echo "$A"' "b \\" c" d\\ e ""`)).toEqual([
      '/bin/sh',
      '-c',
      'echo "$A"',
      'b " c',
      'd e',
      '',
    ]);
    expect(() => wordsOf("sh -c 'open")).toThrow('not closed');
  });

  it('is the same after quoting and splitting', () => {
    fc.assert(
      fc.property(fc.array(fc.string()), (words) => {
        expect(wordsOf(inShell(words))).toEqual(words);
      }),
    );
  });

  it('may be variables in the format of .env files', () => {
    const text = `# none\n\nexport A=one # said\nB="two # three\\nfour"\nC='$A'\nA=last\nD=\n`;
    expect(variablesOf(text)).toEqual([
      { name: 'A', value: 'last' },
      { name: 'B', value: 'two # three\nfour' },
      { name: 'C', value: '$A' },
      { name: 'D', value: '' },
    ]);
    expect(() => variablesOf('A=1\nnothing')).toThrow('Line 2');
  });

  it('may be sizes and durations with units', () => {
    expect(['512m', '512 MiB', '1.5GiB', '4096 B'].map(sizeOf)).toEqual([
      2 ** 29,
      2 ** 29,
      1.5 * 2 ** 30,
      4096,
    ]);
    expect(['90 s', '10m', '10 min', '1h'].map(secondsOf)).toEqual([90, 600, 600, 3_600]);
    for (const wrong of ['lots', '-1m', '']) expect(() => sizeOf(wrong)).toThrow(TypeError);
    expect(() => sizeOf('128')).toThrow('128 has no unit: write 128 MiB');
    expect(() => secondsOf('soon')).toThrow(TypeError);
    expect(() => secondsOf('10')).toThrow('10 has no unit: write 10 s or 10 min');
  });
});

it.each([
  ['echo $HOME', '$HOME'],
  ['echo "$HOME"', '$HOME'],
  ['ls > /out', '>'],
  ['one; two', ';'],
  ['one && two', '&&'],
  ['sh -c echo $HOME', '$HOME'],
  ['sh -c "echo $HOME; ls"', undefined],
  ["/bin/sh -c 'ls > /out'", undefined],
  ['echo \'a; b\' \\$HOME "c > d"', undefined],
])('tells what of %j only a shell would understand', (line, told) => {
  expect(shellSyntaxOf(line)).toBe(told);
});
