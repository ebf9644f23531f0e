/** Sum of a measure over items. */
export function sumOf<Item>(items: readonly Item[], measure: (item: Item) => number): number {
  return items.reduce((sum, item) => sum + measure(item), 0);
}

/** Largest of a measure over items. */
export function largestOf<Item>(items: readonly Item[], measure: (item: Item) => number): number {
  return Math.max(...items.map(measure));
}
