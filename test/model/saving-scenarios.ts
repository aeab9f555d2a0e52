import type { SavingCast } from './volume-saving.ts';

export const casts = {
  'one binds again at once, and what was asked before arrives late': {
    people: [[0, 'bind', 'unbind', 'bind', 'unbind']],
    mishaps: { writes: 2, copies: 1, crashes: 1 },
  },
  'one binds again while the data is refused and an upload is given up': {
    people: [[0, 'bind', 'unbind', 'bind', 'unbind']],
    mishaps: { writes: 1, refusals: 1, sweeps: 1 },
  },
  'two executors take turns on two engines': {
    people: [
      [0, 'bind', 'unbind'],
      [1, 'bind', 'unbind'],
    ],
    ...{ runners: [0, 1], lease: [0, 1], mishaps: { writes: 2 } },
  },
  'one discards what it wrote, and another binds on the same engine': {
    people: [
      [0, 'bind', 'discard', 'leave'],
      [1, 'bind', 'unbind'],
    ],
    ...{ lease: [0, 0], mishaps: { writes: 2 } },
  },
  'an administrator releases it, another binds, and the machine returns': {
    people: [
      [0, 'bind', 'unbind'],
      [undefined, 'release'],
      [1, 'bind', 'unbind'],
    ],
    ...{ runners: [0, 1], lease: [0, 1], mishaps: { writes: 2 } },
  },
  'a machine dies for good': {
    people: [
      [0, 'bind', 'unbind'],
      [undefined, 'release'],
      [1, 'bind', 'unbind'],
    ],
    ...{ runners: [0, 1], lease: [0, 1], mishaps: { writes: 1, deaths: 1 } },
  },
  'another engine takes the lease': {
    people: [[0, 'bind', 'unbind', 'bind', 'unbind']],
    ...{ runners: [0, 1], mishaps: { writes: 2, moves: 1 } },
  },
  'two runners are on one engine': {
    people: [[0, 'bind', 'unbind', 'bind', 'unbind']],
    ...{ runners: [0, 0], mishaps: { writes: 2 } },
  },
  'a child is created while one binds': {
    people: [
      [0, 'bind', 'unbind', 'leave'],
      [undefined, 'create'],
    ],
    mishaps: { writes: 1, goings: 1 },
  },
  'two bind while a child is created': {
    people: [
      [0, 'bind', 'unbind'],
      [1, 'bind', 'unbind'],
      [undefined, 'create'],
    ],
    ...{ lease: [0, 0], mishaps: { writes: 1 } },
  },
  'one composes with it at once while a child is created': {
    people: [
      [0, 'compose', 'unbind', 'leave'],
      [undefined, 'create'],
    ],
    ...{ joined: [false], mishaps: { writes: 1, goings: 1 } },
  },
  'two compose with it at once while it is deleted': {
    people: [
      [0, 'compose', 'unbind', 'leave'],
      [1, 'compose', 'unbind'],
      [undefined, 'delete'],
    ],
    ...{ lease: [0, 0], joined: [false, false], mishaps: { writes: 1 } },
  },
  'its data is replaced by hand': {
    people: [
      [0, 'join', 'bind', 'unbind', 'leave'],
      [undefined, 'replace'],
    ],
    ...{ joined: [false], mishaps: { writes: 1, goings: 1 } },
  },
  'it is deleted': {
    people: [
      [0, 'bind', 'unbind', 'leave'],
      [undefined, 'delete'],
    ],
    mishaps: { writes: 1, goings: 1 },
  },
} satisfies Record<string, SavingCast>;
