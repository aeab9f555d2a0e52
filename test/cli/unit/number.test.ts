/** Sizes and times, in the one notation of all options. */
import { describe, expect, it } from 'vitest';
import { durationOf, kibibytesOf, secondsIn, sizeOf } from '../../../cli/number.ts';

const wrong = (option: string, text: string) =>
  expect.objectContaining({
    name: 'UsageError',
    message: expect.stringContaining(`${option} is ${text}, and has to be `),
  });

describe('sizes', () => {
  it.each([
    ['512', 512],
    ['512b', 512],
    ['1k', 1_024],
    ['64m', 67_108_864],
    ['64MiB', 67_108_864],
    ['64MB', 67_108_864],
    ['2G', 2_147_483_648],
    ['1.5 GiB', 1_610_612_736],
  ])('are powers of 1024, as in Docker: %s', (text, bytes) => expect(sizeOf('--keep', text)).toBe(bytes));

  it.each(['', 'much', '-1', '1x', '1.g', '99999999t'])('are refused as %j', (text) =>
    expect(() => sizeOf('--keep', text)).toThrow(wrong('--keep', text)),
  );

  it.each([
    ['64', 64],
    ['64m', 65_536],
    ['1.5g', 1_572_864],
    ['100b', 1],
  ])('of storage are KiB without a unit: %s', (text, amount) =>
    expect(kibibytesOf('freeSpace', text)).toEqual({ freeSpace: amount }),
  );

  it('of storage are left out with their option, and refused by its name', () => {
    expect(kibibytesOf('freeSpace', undefined)).toEqual({});
    expect(() => kibibytesOf('freeSpace', '64x')).toThrow(wrong('--free-space', '64x'));
  });
});

describe('times', () => {
  it.each([
    ['0', 0],
    ['600', 600],
    ['5s', 5],
    ['10m', 600],
    ['1h', 3_600],
    ['1h30m', 5_400],
    ['2h0m5s', 7_205],
  ])('are seconds without a unit, and have units as in Go: %s', (text, seconds) =>
    expect(durationOf('--time', text)).toBe(seconds),
  );

  it.each(['', 'soon', '-5', '5 s', '1d', '5s1m', 'h', '9999999999999999h'])('are refused as %j', (text) =>
    expect(() => durationOf('--time', text)).toThrow(wrong('--time', text)),
  );

  it('in the past need a unit, since a number alone could be a time of the clock', () =>
    expect(secondsIn('600')).toBeUndefined());
});
