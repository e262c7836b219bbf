/** The line icons: 16 × 16, one stroke, current colour. */

const PATHS = {
  box: '<path d="m8 2 5.5 3v6L8 14l-5.5-3V5zM2.5 5 8 8l5.5-3M8 8v6"/>',
  branch: '<circle cx="4.5" cy="3.800" r="1.5"/><circle cx="4.5" cy="12.200" r="1.5"/><circle cx="11.5" cy="6" r="1.5"/><path d="M4.5 5.300v5.400M11.5 7.5c0 2-3 2-5 2.5"/>',
  cd: '<path d="m4 6 4 4 4-4"/>',
  check: '<path d="m3.5 8.5 3 3 6-7"/>',
  cl: '<path d="m10 4-4 4 4 4"/>',
  clock: '<circle cx="8" cy="8" r="5.800"/><path d="M8 4.800V8l2.300 1.5"/>',
  code: '<path d="m5.5 4.5-3.5 3.5 3.5 3.5M10.5 4.5l3.5 3.5-3.5 3.5"/>',
  collapse: '<path d="M3 8h10M5.5 2.5 8 5l2.5-2.5M5.5 13.5 8 11l2.5 2.5"/>',
  copy: '<rect x="5.5" y="5.5" width="8" height="8" rx="1"/><path d="M3.5 10.5h-1v-8h8v1"/>',
  cr: '<path d="m6 4 4 4-4 4"/>',
  dots: '<path d="M8 3.5v.01M8 8v.01M8 12.5v.01" stroke-width="2"/>',
  down: '<path d="m4 6 4 4 4-4"/>',
  edit: '<path d="m3 13 .6-2.800 7.200-7.200 2.200 2.200-7.200 7.200z"/>',
  entry: '<path d="M2.5 8h7M6.5 5l3 3-3 3M9 2.5h4.5v11H9"/>',
  eof: '<path d="M3 8h7M7 5l3 3-3 3M12.5 3v10"/>',
  err: '<circle cx="8" cy="8" r="5.800"/><path d="M8 5v3.5M8 10.800v.01"/>',
  file: '<path d="M4 2.5h5l3 3v8H4zM9 2.5v3h3"/>',
  fit: '<path d="M2.5 6V2.5H6M10 2.5h3.5V6M13.5 10v3.5H10M6 13.5H2.5V10"/>',
  fn: '<path d="M10.5 3.200c-2.200-.7-2.800.8-3 2.300L6.5 11c-.2 1.5-1 2.600-2.700 2M5 7h5"/>',
  focus: '<circle cx="8" cy="8" r="2"/><path d="M2.5 5.5v-3h3M10.5 2.5h3v3M13.5 10.5v3h-3M5.5 13.5h-3v-3"/>',
  follow: '<path d="M8 2.5v8M4.800 7.5 8 10.700l3.200-3.200M3.5 13.5h9"/>',
  fork: '<path d="M8 2.5v4M8 6.5c0 3-4.5 2-4.5 7M8 6.5c0 3 4.5 2 4.5 7"/>',
  gear: '<circle cx="8" cy="8" r="2"/><path d="M8 1.800v2M8 12.200v2M1.800 8h2M12.200 8h2M3.600 3.600l1.400 1.400M11 11l1.400 1.400M12.400 3.600 11 5M5 11l-1.400 1.400"/>',
  grip: '<path d="M6 4v.01M6 8v.01M6 12v.01M10 4v.01M10 8v.01M10 12v.01" stroke-width="2"/>',
  half: '<path d="M2.5 6h8M8 3.5 10.5 6M13.5 10.5h-6M2.5 10.5h2"/>',
  in: '<path d="M13.5 8h-10M7 4.5 3.5 8 7 11.5"/>',
  info: '<circle cx="8" cy="8" r="5.800"/><path d="M8 7.5V11M8 5.200v.01"/>',
  link: '<path d="M6.5 3.5h-4v10h10v-4M9 2.5h4.5V7M13.5 2.5 7.5 8.5"/>',
  lock: '<rect x="3.5" y="7" width="9" height="6.5" rx="1"/><path d="M5.5 7V5a2.5 2.5 0 0 1 5 0v2"/>',
  logi: '<path d="M3 4h10M3 8h10M3 12h6"/>',
  loop: '<path d="M3 9V7.5a3 3 0 0 1 3-3h6.5M10.5 2.5l2 2-2 2M13 7v1.5a3 3 0 0 1-3 3H3.5M5.5 13.5l-2-2 2-2"/>',
  max: '<path d="m4 10 4-4 4 4"/>',
  minus: '<path d="M3.5 8h9"/>',
  note: '<path d="M3 2.5h10v7.5L9.5 13.5H3zM9.5 13.5V10H13"/>',
  out: '<path d="M2.5 8h10M9 4.5 12.5 8 9 11.5"/>',
  panel: '<rect x="2.5" y="2.5" width="11" height="11" rx="1"/><path d="M6.5 2.5v11"/>',
  pause: '<path d="M5.5 3.5v9M10.5 3.5v9"/>',
  play: '<path d="M5 3.2v9.6l7.5-4.8z"/>',
  plug: '<path d="M6 2v3M10 2v3M4.5 5h7v2.5a3.5 3.5 0 0 1-7 0zM8 11v3"/>',
  plus: '<path d="M8 3.5v9M3.5 8h9"/>',
  radio: '<circle cx="8" cy="8" r="1.300"/><path d="M5.300 10.700a3.800 3.800 0 0 1 0-5.400M10.700 5.300a3.800 3.800 0 0 1 0 5.400M3.200 12.800a6.800 6.800 0 0 1 0-9.600M12.800 3.200a6.800 6.800 0 0 1 0 9.600"/>',
  raise: '<path d="M8 13.5V4M4.5 7 8 3.5 11.5 7"/>',
  redo: '<path d="m10 3.5 3 3-3 3M13 6.5H6.5a3.5 3.5 0 0 0 0 7H9"/>',
  reset: '<path d="m9 2-5 7h4l-1 5 5-7H8z"/>',
  restart: '<path d="M13 8a5 5 0 1 1-1.6-3.7M13 2.5v2.7h-2.7"/>',
  ret: '<path d="M13 3.5V8H3.5M6.5 5l-3 3 3 3"/>',
  save: '<path d="M8 2.5v7M5 7l3 3 3-3M2.5 11v2.5h11V11"/>',
  search: '<circle cx="7" cy="7" r="4"/><path d="m10 10 3.5 3.5"/>',
  shield: '<path d="M8 2 3 4v4c0 3 2 5 5 6.200C11 13 13 11 13 8V4z"/>',
  sliders: '<path d="M2.5 5h5M11 5h2.5M2.5 11H5M8.5 11h5"/><circle cx="9.300" cy="5" r="1.700"/><circle cx="6.700" cy="11" r="1.700"/>',
  stop: '<rect x="4" y="4" width="8" height="8" rx="1"/>',
  sub: '<path d="M4 2.5V9h8M9 6l3 3-3 3"/>',
  trash: '<path d="M3 4.5h10M6 4.5v-2h4v2M4.5 4.5l.6 9h5.800l.6-9M7 7v4M9 7v4"/>',
  undo: '<path d="M6 3.5 3 6.5l3 3M3 6.5h6.5a3.5 3.5 0 0 1 0 7H7"/>',
  var: '<path d="M5.5 3c-1.800 0-1.800 1-1.800 2.200S3.5 8 2.300 8c1.200 0 1.400 1.5 1.400 2.800S3.700 13 5.5 13M10.5 3c1.800 0 1.800 1 1.800 2.200S12.5 8 13.700 8c-1.200 0-1.400 1.5-1.400 2.800s0 2.200-1.800 2.200"/>',
  warn: '<path d="M8 2.5 14 13H2zM8 6.5v3M8 11.300v.01"/>',
  x: '<path d="m4 4 8 8M12 4l-8 8"/>',
} as const;

export type IconName = keyof typeof PATHS;

/** A picture beside a word, or inside a button that has a name; hidden from screen readers. */
export function Icon({ name, small }: { name: IconName; small?: boolean }) {
  return (
    <svg
      class={small ? "i s" : "i"}
      viewBox="0 0 16 16"
      aria-hidden="true"
      // The paths are the constants above, nothing else ever comes here.
      dangerouslySetInnerHTML={{ __html: PATHS[name] }}
    />
  );
}
