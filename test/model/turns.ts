import { answer, type Local, type Program, type Stopped } from './program.ts';

interface State extends Local {
  turn: number;
  local: Local;
  answers: string;
}

/** A caller that makes several calls in sequence. Their IDs must begin with its own. */
export function inTurn(id: string, calls: Program[]): Program<State> {
  const begin = (turn: number, answers: string): State => {
    const { start } = calls[turn] as Program;
    return { at: 'calling', turn, local: start, answers };
  };
  return {
    id,
    start: begin(0, ''),
    moves(store, { turn, local, answers }) {
      const call = calls[turn] as Program;
      return call.moves(store, local).map((move) => {
        const what = `${call.id.slice(id.length + 1)}: ${move.what}`;
        if (move.local.at !== 'answered') {
          return { what, store: move.store, local: { at: 'calling', turn, local: move.local, answers } };
        }
        const all = [...(turn > 0 ? [answers] : []), (move.local as Stopped).answer].join(' + ');
        const last = turn + 1 === calls.length;
        return { what, store: move.store, local: last ? answer(all) : begin(turn + 1, all) };
      });
    },
  };
}
