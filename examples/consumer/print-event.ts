import type { Handler } from 'taskport/events';

/** The handler of this consumer: it prints one line per event. Yours starts a container, or notifies somebody. */
export const printEvent: Handler = ({ detailType, detail }, { revision, isLate, gap }) => {
  const marks = [
    ...(isLate ? ['late: there was a later one, so read the element for what holds now'] : []),
    ...(gap.length > 0 ? [`missing so far: ${gap.join(', ')}`] : []),
  ];
  console.log([detail.at, detailType, detail.id, `revision ${revision}`, ...marks].join('  '));
};
