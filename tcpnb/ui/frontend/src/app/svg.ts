/** Pictures that Python drew: taken apart and built anew from a short list of shapes, so that nothing else gets in. */

const NAMESPACE = "http://www.w3.org/2000/svg";

const SHAPES = new Set(["svg", "g", "path", "polygon", "polyline", "ellipse", "circle", "rect", "line", "text", "tspan", "title", "desc"]);

const ATTRIBUTES = new Set(
  (
    "id class d points x y x1 y1 x2 y2 cx cy r rx ry dx dy width height viewBox transform fill fill-opacity stroke stroke-width " +
    "stroke-dasharray stroke-opacity stroke-linecap stroke-linejoin opacity text-anchor font-family font-size font-weight font-style " +
    "text-decoration textLength lengthAdjust role aria-label"
  ).split(" "),
);

const SAFE_VALUE = /^(?!.*(?:url\s*\(|javascript:|expression\s*\()).*$/is;

/** Build the picture; throws when the text is no picture. */
export function safeSvg(text: string): SVGSVGElement {
  const source = new DOMParser().parseFromString(text, "image/svg+xml").documentElement;
  if (source.nodeName !== "svg") throw new Error("this is no picture");
  const made = build(source);
  if (!(made instanceof SVGSVGElement)) throw new Error("this is no picture");
  return made;
}

function build(source: Element): Element | undefined {
  if (!SHAPES.has(source.nodeName)) return undefined;
  const made = document.createElementNS(NAMESPACE, source.nodeName);
  for (const { name, value } of source.attributes) if (ATTRIBUTES.has(name) && SAFE_VALUE.test(value)) made.setAttribute(name, value);
  for (const child of source.childNodes) {
    if (child.nodeType === Node.TEXT_NODE) made.append(child.textContent ?? "");
    else if (child.nodeType === Node.ELEMENT_NODE) {
      const inside = build(child as Element);
      if (inside) made.append(inside);
    }
  }
  return made;
}
