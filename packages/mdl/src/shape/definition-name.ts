const reserved = new Set("Dict List Literal Never None Not OneOf Optional Root Tuple Union".split(" "));

/** A name for the definition that `reference` leads to: an identifier with a capital, none of MDL's own, not in `taken`. */
export function definitionName(reference: string, taken: ReadonlySet<string>): string {
  const words = reference.replace(/.*[#/.:](?=.)/, "").match(/[A-Za-z0-9]+/g) ?? [];
  const joined = words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join("");
  const plain = /^[A-Z]/.test(joined) ? joined : `Type${joined}`;
  for (let number = 1; ; number += 1) {
    const name = number === 1 ? plain : `${plain}${number}`;
    if (!reserved.has(name) && !taken.has(name)) return name;
  }
}
