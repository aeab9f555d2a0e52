/** The targets for which a composition can be rendered, with their titles. */
export const targetTitles = {
  oci: 'OCI runtime',
  docker: 'Docker Engine',
  ecs: 'Amazon ECS',
  container: 'the neutral plan, as JSON',
} as const;
export type Target = keyof typeof targetTitles;
export const targetNames = Object.keys(targetTitles) as Target[];
