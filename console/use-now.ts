import { useEffect, useState } from 'preact/hooks';

const listening = new Set<(now: number) => void>();
let timer: ReturnType<typeof setInterval> | undefined;

/** The local time, updated every second while `isTicking`. All parts of a page share one clock. */
export const useNow = (isTicking = true): number => {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    if (!isTicking) return;
    listening.add(setNow);
    timer ??= setInterval(() => {
      const time = Date.now();
      for (const set of listening) set(time);
    }, 1_000);
    return () => {
      listening.delete(setNow);
      if (listening.size > 0) return;
      clearInterval(timer);
      timer = undefined;
    };
  }, [isTicking]);
  return now;
};
