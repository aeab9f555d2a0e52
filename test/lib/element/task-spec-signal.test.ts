import { constants } from 'node:os';
import { describe, expect, it } from 'vitest';
import { signal } from '../../../lib/element/signal.ts';
import { signalName, signals } from '../../../lib/element/signal-name.ts';

describe('a signal', () => {
  it('is one of Linux’s 31 standard or 31 real-time signals', () => {
    expect(signals).toHaveLength(62);
    expect(new Set(signals)).toHaveLength(62);
  });

  it('is listed in order of its number', () => {
    const byNumber = Object.entries(constants.signals).filter(([name]) => signals.includes(name.slice(3)));
    expect(byNumber).toHaveLength(31);
    for (const [name, number] of byNumber) expect(signals[number - 1]).toBe(name.slice(3));
    expect(signals.indexOf('RTMIN')).toBe(34 - 3);
    expect(signals.indexOf('RTMAX')).toBe(64 - 3);
  });

  it.each(signals)('%s has one canonical name', (name) => {
    expect(signal.parse(name)).toBe(name);
    expect(signal.parse(`SIG${name}`)).toBe(`SIG${name}`);
    expect(signalName(name)).toBe(name);
    expect(signalName(`SIG${name}`)).toBe(name);
  });

  it.each([
    ['IOT', 'ABRT'],
    ['SIGIOT', 'ABRT'],
    ['CLD', 'CHLD'],
    ['SIGPOLL', 'IO'],
  ])('%s is a synonym of %s', (synonym, name) => {
    expect(signal.parse(synonym)).toBe(synonym);
    expect(signalName(synonym)).toBe(name);
  });
});
