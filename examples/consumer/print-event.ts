import type { Handler } from 'taskport/events';

/** What this consumer does with an event: one line each. Yours starts a container, or calls somebody. */
export const printEvent: Handler = ({ detailType, detail }, { revision, isLate, gap }) => {
  const marks = [
    ...(isLate ? ['late: there was a later one, so read the element for what holds now'] : []),
    ...(gap.length > 0 ? [`missing so far: ${gap.join(', ')}`] : []),
  ];
  console.log([detail.at, detailType, detail.id, `revision ${revision}`, ...marks].join('  '));
};
