const reserved = /^(Dict|List|Literal|Never|None|Not|OneOf|Optional|Root|Tuple|Union)$/;

/** A name for the definition that `reference` leads to: an identifier with a capital, none of MDL's own, not in `taken`. */
export function definitionName(reference: string, taken: ReadonlySet<string>): string {
  const plain = reference
    .replace(/.*[#/.:](?=.)/, "")
    .replace(/[^A-Za-z0-9]+(.?)|^./g, (first, next = first) => next.toUpperCase())
    .replace(/^(?![A-Z])/, "Type");
  let name = plain;
  for (let number = 2; reserved.test(name) || taken.has(name); number += 1) name = plain + number;
  return name;
}
