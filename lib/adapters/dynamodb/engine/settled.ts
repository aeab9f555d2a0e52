/** Does two things side by side, and throws the first's error, or else the second's, once both have come to an end: neither goes on unseen. */
export const allSettled = async <A, B>(first: Promise<A>, second: Promise<B>): Promise<[A, B]> => {
  await Promise.allSettled([first, second]);
  return [await first, await second];
};
