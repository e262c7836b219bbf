/** The only module that each widget carries: it gets the app once per page over the comm, and mounts it. */

import { hashOf, type Model, textOf } from "./texts.ts";

/** After this time a view that has no answer says so; it goes on waiting. */
const PATIENCE_MS = 20_000;
const UNANSWERED = "The kernel does not answer yet. It is busy, or it was restarted: then run the cell again.";

const modules: Map<string, Promise<unknown>> = ((globalThis as { tcpnbModules?: Map<string, Promise<unknown>> }).tcpnbModules ??=
  new Map());

async function imported(text: string): Promise<unknown> {
  const url = URL.createObjectURL(new Blob([text], { type: "text/javascript" }));
  try {
    return (await import(/* webpackIgnore: true */ url)) as unknown;
  } finally {
    URL.revokeObjectURL(url);
  }
}

/** Import a bundle; rejects where the page forbids scripts from blobs. */
async function load(model: Model, name: string): Promise<unknown> {
  const hash = hashOf(model, name);
  const text = await textOf(model, name);
  const loading = modules.get(hash) ?? imported(text);
  modules.set(hash, loading);
  loading.catch(() => modules.delete(hash));
  return loading;
}

async function dress(model: Model): Promise<void> {
  const hash = hashOf(model, "style");
  const id = "tcpnb-style";
  const text = await textOf(model, "style");
  const old = document.getElementById(id);
  if (old?.dataset["hash"] === hash) return;
  const style = document.createElement("style");
  style.id = id;
  style.dataset["hash"] = hash;
  style.textContent = text;
  document.head.append(style);
  old?.remove();
}

function say(el: HTMLElement, text: string): void {
  const words = document.createElement("div");
  words.textContent = text;
  words.style.cssText = "padding:8px 12px;font:13px/20px var(--jp-ui-font-family,sans-serif);color:var(--jp-ui-font-color1,inherit)";
  el.replaceChildren(words);
}

async function render({ model, el }: { model: Model; el: HTMLElement }): Promise<() => void> {
  let ended = false;
  let unmount = (): void => undefined;
  const patience = setTimeout(() => say(el, UNANSWERED), PATIENCE_MS);
  const start = async (): Promise<void> => {
    try {
      const [app] = (await Promise.all([load(model, "app"), dress(model)])) as [
        { mount(el: HTMLElement, model: Model, load: (name: string) => Promise<unknown>): () => void },
        void,
      ];
      if (ended) return;
      el.replaceChildren();
      unmount = app.mount(el, model, (name) => load(model, name));
    } catch (error) {
      if (ended) return;
      const reason = error instanceof Error ? error.message : String(error);
      say(el, `This page does not let the view load (${reason}). The design itself is untouched.`);
    } finally {
      clearTimeout(patience);
    }
  };
  void start();
  return () => {
    ended = true;
    clearTimeout(patience);
    unmount();
  };
}

export default { render };
