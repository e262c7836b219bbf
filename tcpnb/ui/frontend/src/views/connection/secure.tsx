/** TLS of a connection to another service: whom it believes, what it shows of itself, what it speaks. */

import { useState } from "preact/hooks";
import { Button, Check, TextField } from "../../app/parts.tsx";
import type { SecureState } from "../config/model.ts";
import { Versions } from "../config/secure.tsx";

interface Props {
  value: SecureState;
  onChange: (value: SecureState) => void;
  /** The problem of a field, by its name; only once it was touched. */
  shown: (field: string) => string | undefined;
}

export function ClientSecureForm({ value, onChange, shown }: Props) {
  const more = ["server_hostname", "ciphers", "handshake_timeout"].some((name) => value.options[name]) || value.versions.length < 2;
  const [open, setOpen] = useState(more);
  const field = (name: string, label: string, extra: Record<string, unknown> = {}) => (
    <TextField
      label={label}
      mono
      value={value.options[name] ?? ""}
      problem={shown(`secure.${name}`)}
      onInput={(text) => onChange({ ...value, options: { ...value.options, [name]: text } })}
      {...extra}
    />
  );
  return (
    <section aria-label="Secure Socket" class="stack">
      <Check
        label="Secure Socket: speak TLS"
        checked={value.mode !== "none"}
        disabled={value.mode === "expression"}
        onChange={(on) => onChange({ ...value, mode: on ? "client" : "none" })}
      />
      {value.mode === "expression" ? (
        <TextField label="Secure Socket expression" mono value={value.expression} problem={shown("secure")} onInput={(expression) => onChange({ ...value, expression })} />
      ) : null}
      {value.mode === "client" ? (
        <>
          {field("ca_file", "CA file", { placeholder: "the system's and the development CA", help: "Whom to believe." })}
          <Check
            label="Verify the server's certificate and name"
            checked={(value.options["verify"] ?? "") !== "False"}
            onChange={(on) => onChange({ ...value, options: { ...value.options, verify: on ? "" : "False" } })}
          />
          <div class="two">
            {field("cert_file", "Certificate file", { placeholder: "none shown" })}
            {field("key_file", "Key file")}
          </div>
          {value.options["cert_file"] ? field("key_password", "Key password from", { placeholder: "an environment variable's name", help: "The password itself never stands in the file." }) : null}
          <Button icon={open ? "cd" : "cr"} look="ghost" size="small" class="adv" aria-expanded={open} onClick={() => setOpen(!open)}>
            Versions, ciphers, server name
          </Button>
          {open ? (
            <>
              <Versions value={value} problem={shown("secure.versions")} onChange={onChange} />
              {field("server_hostname", "Server name", { placeholder: "the remote host", help: "The name that its certificate has to carry." })}
              <div class="two">
                {field("ciphers", "Ciphers (TLS 1.2)", { placeholder: "all that OpenSSL allows" })}
                {field("handshake_timeout", "Handshake time-out", { placeholder: "10", end: <span>s</span> })}
              </div>
            </>
          ) : null}
        </>
      ) : null}
    </section>
  );
}
