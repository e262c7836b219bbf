/** The only module that each widget carries: it gets the app once per page over the comm, and mounts it. */

interface Model {
  get(name: string): unknown;
  send(content: unknown, callbacks?: unknown, buffers?: ArrayBuffer[]): void;
  on(name: string, callback: (...args: never[]) => void): void;
  off(name: string, callback: (...args: never[]) => void): void;
}

type Shelf = Map<string, Promise<string>>;

/** Texts of the bundles by content hash, shared by all widgets of the page, whichever kernel sent them. */
const shelf: Shelf = ((globalThis as { tcpnbShelf?: Shelf }).tcpnbShelf ??= new Map());

const PATIENCE_MS = 20_000;

function fetchAsset(model: Model, name: string): Promise<string> {
  const hash = (model.get("_assets") as Record<string, string>)[name] ?? "";
  const known = shelf.get(hash);
  if (known) return known;
  const wanted = new Promise<string>((resolve, reject) => {
    const timer = setTimeout(() => {
      model.off("msg:custom", arrived);
      shelf.delete(hash);
      reject(new Error("no answer"));
    }, PATIENCE_MS);
    const arrived = (message: { kind?: string; hash?: string }, buffers: (DataView | ArrayBuffer)[]): void => {
      if (message.kind !== "asset" || message.hash !== hash || !buffers[0]) return;
      clearTimeout(timer);
      model.off("msg:custom", arrived);
      resolve(new TextDecoder().decode(buffers[0]));
    };
    model.on("msg:custom", arrived);
    model.send({ kind: "asset", name });
  });
  shelf.set(hash, wanted);
  return wanted;
}

const modules: Map<string, Promise<unknown>> = ((globalThis as { tcpnbModules?: Map<string, Promise<unknown>> }).tcpnbModules ??=
  new Map());

/** Import a bundle; rejects where the page forbids scripts from blobs. */
function load(model: Model, name: string): Promise<unknown> {
  const hash = (model.get("_assets") as Record<string, string>)[name] ?? "";
  const known = modules.get(hash);
  if (known) return known;
  const loading = fetchAsset(model, name).then(async (text) => {
    const url = URL.createObjectURL(new Blob([text], { type: "text/javascript" }));
    try {
      return (await import(/* webpackIgnore: true */ url)) as unknown;
    } finally {
      URL.revokeObjectURL(url);
    }
  });
  modules.set(hash, loading);
  loading.catch(() => modules.delete(hash));
  return loading;
}

async function dress(model: Model): Promise<void> {
  const hash = (model.get("_assets") as Record<string, string>)["style"] ?? "";
  const id = "tcpnb-style";
  const text = await fetchAsset(model, "style");
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
      say(
        el,
        reason === "no answer"
          ? "The kernel does not answer. It is busy, or it was restarted: run the cell again to go on."
          : `This page does not let the view load (${reason}). The design itself is untouched.`,
      );
    }
  };
  void start();
  return () => {
    ended = true;
    unmount();
  };
}

export default { render };
