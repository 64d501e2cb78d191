/** Repeatable randomness: the seed stands in the message of a failing test. */
export function random(seed) {
  let state = seed >>> 0 || 1;
  const next = () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
  next.integer = (below) => Math.floor(next() * below);
  next.pick = (list) => list[next.integer(list.length)];
  return next;
}

/** A text cut into pieces of 1 to `longest` code points. */
export function cut(text, pick, longest = 9) {
  const characters = [...text];
  const pieces = [];
  for (let i = 0; i < characters.length; ) {
    const length = 1 + pick.integer(longest);
    pieces.push(characters.slice(i, i + length).join(""));
    i += length;
  }
  return pieces;
}
