/** The only module that each widget carries: it gets the app once per page over the comm, and mounts it. */

import { PATIENCE_MS } from "./insist.ts";
import { hashOf, type Model, textOf } from "./texts.ts";
import { RESTARTED, UNANSWERED } from "./words.ts";

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
  // What this view waits for may yet be brought by another one; its own kernel is gone all the same.
  const lost = (): void => {
    ended = true;
    settle();
    say(el, RESTARTED);
  };
  const settle = (): void => {
    clearTimeout(patience);
    model.off("comm:close", lost);
    model.off("comm_live_update", lost);
  };
  model.on("comm:close", lost);
  model.on("comm_live_update", lost);
  const start = async (): Promise<void> => {
    try {
      const [app] = (await Promise.all([load(model, "app"), dress(model)])) as [
        { mount(el: HTMLElement, model: Model, load: (name: string) => Promise<unknown>): () => void },
        void,
      ];
      if (ended) return;
      settle();
      el.replaceChildren();
      unmount = app.mount(el, model, (name) => load(model, name));
    } catch (error) {
      if (ended) return;
      settle();
      const reason = error instanceof Error ? error.message : String(error);
      say(el, `This page does not let the view load (${reason}). The design itself is untouched.`);
    }
  };
  void start();
  return () => {
    ended = true;
    settle();
    unmount();
  };
}

export default { render };
