/** Secure Socket: none, certificate and key, key store or development certificate, with the facts of what is named. */

import { useEffect, useState } from "preact/hooks";
import type { Pane } from "../../app/circle.ts";
import { useRested } from "../../app/hooks.ts";
import { Icon } from "../../app/icons.tsx";
import { Check, cx, Segmented, TextField } from "../../app/parts.tsx";
import type { SecureState } from "./model.ts";

interface Facts {
  rows: [label: string, words: string, tone: string][];
  problems: string[];
  warnings: string[];
}

const MODES = [
  ["none", "None"],
  ["files", "Certificate and key"],
  ["key_store", "Key store"],
  ["development", "Development certificate"],
] as const;

interface Props {
  pane: Pane<never> | Pane;
  value: SecureState;
  onChange: (value: SecureState) => void;
  problems: Record<string, string>;
}

export function SecureForm({ pane, value, onChange, problems }: Props) {
  const set = (name: string, text: string): void => onChange({ ...value, options: { ...value.options, [name]: text } });
  const field = (name: string, label: string, extra: Record<string, unknown> = {}) => (
    <TextField label={label} mono value={value.options[name] ?? ""} problem={problems[`secure.${name}`]} onInput={(text) => set(name, text)} {...extra} />
  );
  const modes = value.mode === "expression" ? [...MODES, ["expression", "Expression"] as const] : MODES;
  const tls = value.mode === "files" || value.mode === "key_store";
  return (
    <div class="secure">
      <div class="sechead">
        <h2>Secure Socket</h2>
        <span class="help">who can read what is on the wire</span>
      </div>
      <Segmented
        big
        label="Secure Socket"
        value={value.mode}
        options={modes as readonly (readonly [SecureState["mode"], string])[]}
        onChange={(mode) => onChange({ ...value, mode, ...(mode === "development" && !value.names ? { names: ["localhost"] } : {}) })}
      />
      {value.mode === "files" ? (
        <div class="g3">
          {field("cert_file", "Certificate file", { required: true, placeholder: "server.pem" })}
          {field("key_file", "Key file", { required: true, placeholder: "server.key" })}
          {field("key_password", "Key password from", { placeholder: "an environment variable's name", help: "The password itself never stands in the file." })}
        </div>
      ) : null}
      {value.mode === "key_store" ? (
        <div class="g3">
          {field("key_store", "Key store file", { required: true, placeholder: "server.p12" })}
          {field("key_store_password", "Password from", { placeholder: "an environment variable's name", help: "The password itself never stands in the file." })}
        </div>
      ) : null}
      {value.mode === "development" ? (
        <TextField
          label="Valid for"
          mono
          width={320}
          value={(value.names ?? []).join(" ")}
          placeholder="localhost"
          help="The names by which clients reach it, with blanks between them."
          onInput={(text) => onChange({ ...value, names: text.split(/[\s,]/) })}
        />
      ) : null}
      {value.mode === "expression" ? (
        <TextField label="Expression" mono value={value.expression} onInput={(expression) => onChange({ ...value, expression })} problem={problems["secure"]} />
      ) : null}
      {value.mode === "none" || value.mode === "expression" ? null : <CertificateFacts pane={pane} value={value} />}
      {problems["secure"] && value.mode !== "expression" ? (
        <div class="prob" role="alert">
          <Icon name="err" small />
          {problems["secure"]}
        </div>
      ) : null}
      {tls ? (
        <div class="tlsline">
          <Versions value={value} problem={problems["secure.versions"]} onChange={onChange} />
          {field("client_ca_file", "Client certificates", { placeholder: "not asked for", help: "A CA file: clients must show a certificate of it." })}
          {field("ciphers", "Ciphers (TLS 1.2)", { placeholder: "all that OpenSSL allows" })}
          {field("handshake_timeout", "Handshake time-out", { placeholder: "10", end: <span>s</span>, width: 120 })}
        </div>
      ) : null}
    </div>
  );
}

const VERSIONS = [
  ["TLSv1.2", "TLS 1.2"],
  ["TLSv1.3", "TLS 1.3"],
] as const;

export function Versions({ value, problem, onChange }: { value: SecureState; problem: string | undefined; onChange: (value: SecureState) => void }) {
  return (
    <fieldset class="f plain">
      <legend class="lab">Versions</legend>
      <div class="checks">
        {VERSIONS.map(([version, words]) => (
          <Check
            key={version}
            label={words}
            checked={value.versions.includes(version)}
            onChange={(on) =>
              onChange({ ...value, versions: VERSIONS.map(([each]) => each).filter((each) => (each === version ? on : value.versions.includes(each))) })
            }
          />
        ))}
      </div>
      {problem ? (
        <div class="prob" role="alert">
          {problem}
        </div>
      ) : null}
    </fieldset>
  );
}

function CertificateFacts({ pane, value }: { pane: Props["pane"]; value: SecureState }) {
  const [facts, setFacts] = useState<Facts>();
  const rested = useRested(JSON.stringify({ mode: value.mode, options: value.options, names: value.names ?? [] }), 300);
  useEffect(() => {
    let current = true;
    (pane as Pane).wish<Facts>("certificate", { secure: JSON.parse(rested) }).then(
      (found) => current && setFacts(found),
      (error) => current && (pane as Pane).fail(error),
    );
    return () => {
      current = false;
    };
  }, [rested]);
  if (!facts || (facts.rows.length === 0 && facts.problems.length === 0 && facts.warnings.length === 0)) return null;
  return (
    <div class="card">
      {facts.rows.length ? (
        <dl class="facts" aria-label="Certificate">
          {facts.rows.map(([label, words, tone]) => (
            <div key={label}>
              <dt>{label}</dt>
              <dd class={cx(tone, label !== "Valid" && label !== "Trusted by" && "m")}>
                {tone === "ok" ? <Icon name="check" small /> : tone === "warn" ? <Icon name="warn" small /> : tone === "err" ? <Icon name="err" small /> : null}
                {words}
              </dd>
            </div>
          ))}
        </dl>
      ) : null}
      {facts.problems.map((each) => (
        <div class="prob in" role="alert" key={each}>
          <Icon name="err" small />
          {each}
        </div>
      ))}
      {facts.warnings.map((each) => (
        <div class="prob warn in" role="status" key={each}>
          <Icon name="warn" small />
          {each}
        </div>
      ))}
    </div>
  );
}
