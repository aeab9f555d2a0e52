import type { ElementJson } from '../../lib/element/representation.ts';
import { links, partsOfId } from '../route.ts';

const WIDTH = 220;
const HEIGHT = 48;
const GAP = 20;
const ROW = HEIGHT + 36;
const COLUMNS = 3;
/** Characters of a name that fit into a box. */
const FIT = 24;

/** An element with its ancestors and its children. */
export interface Generations {
  readonly self: ElementJson;
  /** From the oldest to the parent. */
  readonly ancestors: readonly ElementJson[];
  readonly children: readonly ElementJson[];
}

interface Place {
  readonly x: number;
  readonly y: number;
}

const cut = (text: string): string => (text.length > FIT ? `${text.slice(0, FIT - 1)}…` : text);

const Box = ({
  of,
  at,
  isSelf,
}: {
  readonly of: ElementJson;
  readonly at: Place;
  readonly isSelf: boolean;
}) => {
  const { kind, name } = partsOfId(of.id);
  return (
    <a href={links.lineage(of.id)} class={isSelf ? 'node self' : 'node'}>
      <title>{of.id}</title>
      <rect x={at.x} y={at.y} width={WIDTH} height={HEIGHT} rx="6" />
      <text x={at.x + 12} y={at.y + 20}>
        {cut(name)}
      </text>
      <text x={at.x + 12} y={at.y + 38} class="small">
        {kind}, {of.state}
      </text>
    </a>
  );
};

const Edge = ({ from, to }: { readonly from: Place; readonly to: Place }) => {
  const [x1, y1] = [from.x + WIDTH / 2, from.y + HEIGHT];
  const [x2, y2] = [to.x + WIDTH / 2, to.y];
  const middle = (y1 + y2) / 2;
  return <path class="edge" d={`M${x1} ${y1}C${x1} ${middle} ${x2} ${middle} ${x2} ${y2}`} />;
};

/** Ancestors above, children below; every box is a link. */
export const LineageGraph = ({ family: { self, ancestors, children } }: { readonly family: Generations }) => {
  const columns = Math.max(1, Math.min(COLUMNS, children.length));
  const width = columns * (WIDTH + GAP) + GAP;
  const centre = (width - WIDTH) / 2;
  const line = [...ancestors, self].map((of, at) => ({ of, at: { x: centre, y: GAP + at * ROW } }));
  const end = line.length;
  const below = children.map((of, index) => ({
    of,
    at: {
      x: GAP + (index % columns) * (WIDTH + GAP),
      y: GAP + (end + Math.floor(index / columns)) * ROW,
    },
  }));
  const height = GAP + (end + Math.ceil(children.length / columns)) * ROW;
  const own = line[end - 1]?.at ?? { x: 0, y: 0 };
  return (
    <div class="wide">
      <svg
        class="graph"
        width={width}
        height={height}
        viewBox={`0 0 ${width} ${height}`}
        role="group"
        aria-label="Lineage, the oldest first"
      >
        {line.slice(1).map(({ of, at }, index) => (
          <Edge key={of.id} from={line[index]?.at ?? own} to={at} />
        ))}
        {below.map(({ of, at }) => (
          <Edge key={of.id} from={own} to={at} />
        ))}
        {[...line, ...below].map(({ of, at }) => (
          <Box key={of.id} of={of} at={at} isSelf={of.id === self.id} />
        ))}
      </svg>
    </div>
  );
};
