/**
 * The least whole number from `first` to `last` for which something is found, and that; nothing where there is none. What is found for
 * one has to be found for every larger one: strides that double find a number that is enough, and halving the least.
 */
export function leastNumber<Found>(
  first: number,
  last: number,
  find: (number: number) => Found | undefined,
): Found | undefined {
  let found: Found | undefined;
  let failed = first - 1;
  let number = first;
  for (let stride = 1; number <= last; stride *= 2) {
    found = find(number);
    if (found !== undefined || number === last) break;
    failed = number;
    number = Math.min(number + stride, last);
  }
  while (found !== undefined && number - failed > 1) {
    const half = Math.floor((failed + number) / 2);
    const smaller = find(half);
    if (smaller === undefined) failed = half;
    else [found, number] = [smaller, half];
  }
  return found;
}
