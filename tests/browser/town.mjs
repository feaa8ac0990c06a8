// A town for the browser: the real daemon on the example plan, in a folder of
// its own, and a mail server that takes every mail and keeps the links in it.
//
// Owns the folder, the daemon and the mail. It waits for what it is told of
// and never sleeps; it must not know a page.

import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { EventEmitter, once } from "node:events";
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

export const ROOT = join(dirname(fileURLToPath(import.meta.url)), "../..");
export const MUSTER = process.env.MUSTER ?? join(ROOT, "target/debug/muster");

/** A test that waits longer than this waits in vain; the machine may be busy. */
export const PATIENCE = 60_000;

const SCOPES = ["trigger", "drill", "read", "acknowledge", "command", "approve", "admin"];

export class Town {
  /** Every scope. */
  token = "browser-token-with-every-scope";
  /** May only read. */
  reader = "browser-token-that-may-only-read";

  /** Starts a town; `rules` and `roster` may change the example's text. */
  static async start({ rules = (text) => text, roster = (text) => text } = {}) {
    const town = new Town();
    town.folder = await mkdtemp(join(tmpdir(), "muster-browser-"));
    town.post = await Post.start();
    const change = async (file, how) => {
      const text = await readFile(join(ROOT, "config", file), "utf8");
      await writeFile(join(town.folder, file), how(text));
    };
    await change("rules.toml", rules);
    await change("roster.toml", roster);
    await writeFile(join(town.folder, "muster.toml"), town.#operator());
    await town.#serve();
    return town;
  }

  #operator() {
    const token = (name, secret, scopes) =>
      `[[token]]\nname = "${name}"\nscopes = ${JSON.stringify(scopes)}\n` +
      `sha256 = "${createHash("sha256").update(secret).digest("hex")}"\n\n`;
    return (
      `time_zone = "Asia/Tokyo"\nlanguage = "ja"\n\n` +
      `[http]\nlisten = "127.0.0.1:0"\npublic_url = "http://127.0.0.1:0"\n\n` +
      `[store]\nurl = "sqlite:state/muster.db"\n\n[email]\nfrom = "muster@example.jp"\n\n` +
      `[[sign_in]]\nwho = ["post:it-manager"]\nscopes = ["read", "command"]\n\n` +
      `[[email.relay]]\nurl = "smtp://127.0.0.1:${this.post.port}"\ntls = "none"\n\n` +
      token("duty", this.token, SCOPES) +
      token("reader", this.reader, ["read"])
    );
  }

  async #serve() {
    const { MUSTER_CONFIG, NOTIFY_SOCKET, ...env } = process.env;
    const stdio = ["ignore", "pipe", "pipe"];
    this.daemon = spawn(MUSTER, ["--config", this.folder, "serve"], { env, stdio });
    const log = [];
    createInterface(this.daemon.stderr).on("line", (line) => log.push(line));
    for await (const line of createInterface(this.daemon.stdout)) {
      this.url = line.replace("listening on ", "");
      return;
    }
    throw new Error(`the daemon did not start: ${log.join("\n")}`);
  }

  /** A call of the API with every scope. */
  async api(path, body) {
    const headers = { authorization: `Bearer ${this.token}`, "content-type": "application/json" };
    const method = body ? "POST" : "GET";
    const reply = await fetch(`${this.url}/api/v1/${path}`, { method, headers, body: body && JSON.stringify(body) });
    const said = await reply.text();
    if (!reply.ok) throw new Error(`${path}: ${reply.status} ${said}`);
    return JSON.parse(said);
  }

  /** Tells an event; the first call-out that it opens. */
  async tell(event) {
    return (await this.api("events", event)).call_outs[0];
  }

  /** The newest link that was mailed to a person for a call-out. */
  async link(address, callOut) {
    const mail = await this.post.mail(
      (mail) => mail.to === `${address}@example.jp` && mail.links.length > 0 && mail.text.includes(callOut),
    );
    return new URL(new URL(mail.links[0]).pathname, this.url).href;
  }

  /** A person presses a button on their page, without a browser. */
  async press(link, form) {
    const reply = await fetch(link, { method: "POST", body: new URLSearchParams(form) });
    if (!reply.ok) throw new Error(`${link}: ${reply.status}`);
  }

  async stop() {
    this.daemon.kill("SIGKILL");
    await once(this.daemon, "exit");
    this.post.stop();
    await rm(this.folder, { recursive: true });
  }
}

/** A mail server that takes everything. */
class Post extends EventEmitter {
  mails = [];

  static async start() {
    const post = new Post();
    post.server = createServer((socket) => post.#session(socket));
    post.server.listen(0, "127.0.0.1");
    await once(post.server, "listening");
    post.port = post.server.address().port;
    return post;
  }

  stop() {
    this.server.close();
  }

  /** The newest mail that fits, as soon as there is one. */
  async mail(fits) {
    const patience = AbortSignal.timeout(PATIENCE);
    for (;;) {
      const found = this.mails.findLast(fits);
      if (found) return found;
      await once(this, "mail", { signal: patience });
    }
  }

  #session(socket) {
    const say = (line) => socket.write(`${line}\r\n`);
    let to = "";
    let data = null;
    say("220 town ESMTP");
    const lines = createInterface(socket);
    // A daemon that is killed hangs up in the middle of a sentence.
    for (const side of [socket, lines]) side.on("error", () => socket.destroy());
    lines.on("line", (line) => {
      if (data) {
        if (line !== ".") return void data.push(line.replace(/^\.\./, "."));
        this.#keep(to, data);
        data = null;
        return say("250 2.0.0 Ok");
      }
      const word = line.slice(0, 4).toUpperCase();
      if (word === "RCPT") to = line.match(/<(.*)>/)[1];
      if (word === "DATA") data = [];
      say({ EHLO: "250 town", DATA: "354 go on", QUIT: "221 bye" }[word] ?? "250 2.1.0 Ok");
      if (word === "QUIT") socket.end();
    });
  }

  #keep(to, lines) {
    // The first part is the text.
    const part = lines.slice(lines.findIndex((line) => line.startsWith("--")));
    const head = part.indexOf("");
    const body = part.slice(head + 1, part.findIndex((line, at) => at > head && line.startsWith("--")));
    const encoded = part.slice(0, head).join("\n").toLowerCase();
    const text = encoded.includes("base64")
      ? Buffer.from(body.join(""), "base64").toString("utf8")
      : Buffer.from(
          body.join("\n").replace(/=\n/g, "").replace(/=([0-9A-F]{2})/g, (_, hex) => String.fromCharCode(parseInt(hex, 16))),
          "latin1",
        ).toString("utf8");
    this.mails.push({ to, text, links: text.match(/http:\/\/127\S+/g) ?? [] });
    this.emit("mail");
  }
}
