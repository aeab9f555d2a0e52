const NUMBER = /^\d+$/;

/** `<user>[:<group>]`, each by number or by name, as people type it; undefined for any other text. */
export const userNamed = (text: string) => {
  const [user = '', group, more] = text.split(':');
  if (user === '' || group === '' || more !== undefined) return undefined;
  return {
    ...(NUMBER.test(user) ? { uid: Number(user) } : { username: user }),
    ...(group === undefined ? {} : NUMBER.test(group) ? { gid: Number(group) } : { groupname: group }),
  };
};
