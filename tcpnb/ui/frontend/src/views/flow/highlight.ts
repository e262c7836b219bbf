/** Colour a line of Python for reading: words, strings, comments and names that are defined. */

const TOKENS =
  /(#.*$)|((?:\b[rRbBfFuU]{1,2})?(?:"""[^]*?(?:"""|$)|'''[^]*?(?:'''|$)|"(?:[^"\\]|\\.)*(?:"|$)|'(?:[^'\\]|\\.)*(?:'|$)))|\b(and|as|assert|async|await|break|case|class|continue|def|del|elif|else|except|finally|for|from|global|if|import|in|is|lambda|match|nonlocal|not|or|pass|raise|return|try|while|with|yield|None|True|False)\b|(?<=\b(?:def|class) )([^\W\d]\w*)/g;

export type Token = readonly [text: string, kind: "" | "cm" | "st" | "kw" | "df"];

export function tokens(line: string): Token[] {
  const found: Token[] = [];
  let at = 0;
  for (const match of line.matchAll(TOKENS)) {
    if (match.index > at) found.push([line.slice(at, match.index), ""]);
    found.push([match[0], match[1] !== undefined ? "cm" : match[2] !== undefined ? "st" : match[3] !== undefined ? "kw" : "df"]);
    at = match.index + match[0].length;
  }
  if (at < line.length) found.push([line.slice(at), ""]);
  return found;
}
