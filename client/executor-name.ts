const randomInt = (below: number): number => {
  const [some = 0] = crypto.getRandomValues(new Uint32Array(1));
  return some % below;
};

const first =
  'amber bold brave bright calm clear clever cool crisp eager early fair fast fine gentle glad grand happy keen kind lively lucky merry mild neat proud quick quiet rapid ready sharp shy silver smart solid steady still sunny swift tidy true vivid warm wise'.split(
    ' ',
  );
const second =
  'badger beaver bison crane dolphin eagle falcon ferret finch fox gecko hare hawk heron ibex jackal koala lark lemur lion lynx marten mole moose newt ocelot orca otter owl panda pike puffin quail raven robin seal shrew snipe stoat stork swan tern tiger toad trout vole walrus weasel whale wolf wren yak'.split(
    ' ',
  );

const anyOf = (words: readonly string[]): string => words[randomInt(words.length)] ?? '';

/** A random name for an executor: `brave-otter-4f1`. */
export const anyName = (): string =>
  [anyOf(first), anyOf(second), randomInt(0x1000).toString(16).padStart(3, '0')].join('-');
