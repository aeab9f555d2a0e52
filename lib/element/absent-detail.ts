/** The detail of the problem of an ID that names no element. */
export const absentDetail = (id: string): string =>
  `there is no ${id}: create it first, or list the elements of its location`;
