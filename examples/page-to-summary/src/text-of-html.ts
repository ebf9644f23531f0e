/**
 * Comments, elements whose content nobody reads, and tags. Each alternative takes what it has looked at, to the end of the page where
 * nothing closes it: a page that was made to be slow is read in one go too.
 */
const MARKUP =
  /<!--.*?(?:-->|$)|<(script|style|template)\b.*?(?:<\/\1\b[^>]*>?|$)|<\/?([a-z][^\s/>]*)[^>]*>?|<[!?][^>]*>?/gis;

/** Elements that do not end a line. */
const INLINE = /^(a|abbr|b|code|em|i|img|label|mark|s|small|span|strong|sub|sup|u|var)$/i;
const CELL = /^t[dh]$/i;

const ENTITY = /&(?:#(\d{1,7})|#x([\da-f]{1,6})|(amp|lt|gt|quot|apos|nbsp));/gi;
const NAMED: Readonly<Record<string, string>> = {
  amp: "&",
  lt: "<",
  gt: ">",
  quot: '"',
  apos: "'",
  nbsp: " ",
};
const LAST_CODE_POINT = 0x10ffff;

/**
 * What a reader sees of a page: a line for each that the markup makes, with tabs between the cells of a table. Markup is found by its
 * looks, as is enough to read a page, and not to show it: the text is no safe HTML.
 */
export function textOfHtml(html: string): string {
  return html
    .replace(/\s+/g, " ")
    .replace(MARKUP, (_markup, _unread, element: string | undefined) => {
      if (element === undefined) return " ";
      if (CELL.test(element)) return "\t";
      return INLINE.test(element) ? "" : "\n";
    })
    .replace(ENTITY, (entity, decimal?: string, hexadecimal?: string, name?: string) => {
      if (name !== undefined) return NAMED[name.toLowerCase()] ?? entity;
      const codePoint = decimal === undefined ? Number.parseInt(hexadecimal ?? "", 16) : Number(decimal);
      return codePoint > LAST_CODE_POINT ? entity : String.fromCodePoint(codePoint);
    })
    .split("\n")
    .map((line) => line.split("\t").map(withSingleSpaces).filter(Boolean).join("\t"))
    .filter(Boolean)
    .join("\n");
}

function withSingleSpaces(text: string): string {
  return text.replace(/\s+/g, " ").trim();
}
