import assert from "node:assert/strict";
import { test } from "node:test";
import { textOfHtml } from "./text-of-html.ts";

test("a page becomes the lines that a reader sees", () => {
  const page = `<!doctype html><html><head><title>Caf&eacute; &amp; Bar</title><style>p > b { color: red }</style></head>
    <body><!-- <p>not this</p> --><SCRIPT>if (a < b) document.write("<p>nor this</p>")</SCRIPT>
    <h1>To<b>day</b></h1><p>Soup &lt;3&nbsp;&#x20AC;
      and   &#8364;4<br>Bread
    <table><tr><th>Dish<th>Price</tr><tr><td>Soup</td><td>3</td></tr></table>`;
  assert.equal(textOfHtml(page), "Caf&eacute; & Bar\nToday\nSoup <3 € and €4\nBread\nDish\tPrice\nSoup\t3");
});

test("text that is no markup stays", () => {
  assert.equal(textOfHtml("1 < 2 and 3 > 2 &c; &#9999999;"), "1 < 2 and 3 > 2 &c; &#9999999;");
});

test("what nothing closes ends with the page, and takes no longer than other pages", () => {
  for (const opening of [
    "<script ",
    "<!--",
    "<a ",
    "<style>",
    "</script",
    "<!",
    "<?",
    "<script></scrip",
    "&#",
    "\t",
    "\n ",
  ]) {
    const text = textOfHtml(`before<p>${opening.repeat(100_000)}`);
    assert.ok(text.startsWith("before"), opening);
  }
});
