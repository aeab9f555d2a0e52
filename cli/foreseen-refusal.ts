/** What was asked about would be refused, or has to be seen to: it has been said by then, and the exit code says it to scripts. */
export class ForeseenRefusal extends Error {
  override readonly name = 'ForeseenRefusal';
}
