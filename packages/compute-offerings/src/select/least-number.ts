/**
 * The least whole number from `first` to `last` that is enough; nothing where none is. Where one is, every larger one has to be: strides
 * that double find a number that is enough, and halving the least.
 */
export function leastNumber(
  first: number,
  last: number,
  isEnough: (number: number) => boolean,
): number | undefined {
  let failed = first - 1;
  let number = first;
  for (let stride = 1; number <= last && !isEnough(number); stride *= 2) {
    if (number === last) return undefined;
    failed = number;
    number = Math.min(number + stride, last);
  }
  if (number > last) return undefined;
  while (number - failed > 1) {
    const half = Math.floor((failed + number) / 2);
    if (isEnough(half)) number = half;
    else failed = half;
  }
  return number;
}
