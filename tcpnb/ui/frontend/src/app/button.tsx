/** The button of all views. */

import type { ButtonHTMLAttributes } from "preact";
import { cx } from "./cx.ts";
import { useLate } from "./hooks.ts";
import { Icon, type IconName } from "./icons.tsx";

type ButtonProps = Omit<ButtonHTMLAttributes<HTMLButtonElement>, "icon" | "size"> & {
  icon?: IconName | undefined;
  /** Needed where there is no text: the accessible name and the tooltip. */
  label?: string | undefined;
  look?: "plain" | "primary" | "ghost" | "link" | "danger";
  size?: "small" | "normal" | "big";
  /** Pressed or not; leave it out for a button that is no switch. */
  on?: boolean | undefined;
  busy?: boolean | undefined;
  /** Why it is disabled; the tooltip then. A button with a reason is disabled. */
  why?: string | false | undefined;
};

/** A button. With an icon and no children it is square and needs a `label`. */
export function Button({ icon, label, look = "plain", size = "normal", on, busy, why, children, disabled, ...rest }: ButtonProps) {
  const late = useLate(busy === true);
  const square = !children;
  const off = disabled || Boolean(why) || busy === true;
  return (
    <button
      type="button"
      {...rest}
      class={cx(
        "btn",
        look !== "plain" && look,
        size === "small" && "sm",
        size === "big" && "big",
        icon && !square && "ic",
        square && "sq",
        on && "on",
        rest.class as string,
      )}
      aria-label={label}
      aria-pressed={on}
      aria-busy={busy || undefined}
      // Not `disabled`: a disabled button loses the focus and cannot tell why.
      aria-disabled={off || undefined}
      title={why || rest.title || (square ? label : undefined)}
      onClick={(event) => (off ? event.preventDefault() : rest.onClick?.(event))}
    >
      {late ? <span class="ring" aria-hidden="true" /> : icon ? <Icon name={icon} small={size === "small"} /> : null}
      {children}
    </button>
  );
}
