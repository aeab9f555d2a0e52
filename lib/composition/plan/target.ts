/** What a composition can be rendered for, each with what people call it. */
export const targetTitles = {
  oci: 'OCI runtime',
  docker: 'Docker Engine',
  ecs: 'Amazon ECS',
  container: 'the neutral plan, as JSON',
} as const;
export type Target = keyof typeof targetTitles;
export const targetNames = Object.keys(targetTitles) as Target[];
