import fc from 'fast-check';

const points = fc.oneof(fc.nat(0x7f), fc.nat(0xffff), fc.nat(0x10ffff));

/** Text of any code points, including lone surrogates; fast-check's own generator takes seconds to set up. */
export const anyText = (maxLength: number): fc.Arbitrary<string> =>
  fc.array(points, { maxLength }).map((codes) => String.fromCodePoint(...codes));

/** Text of any code points that UTF-8 can encode. */
export const wellFormedText = (maxLength: number): fc.Arbitrary<string> =>
  anyText(maxLength).map((text) => text.toWellFormed());
