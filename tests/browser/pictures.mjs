// The pictures of the README, from `muster demo --keep`: nothing in them is
// put up for show. Run by `tests/run pictures`; they land in docs/pictures.
//
// Owns what is in which picture. It must not change a page.

import { execFile, spawn } from "node:child_process";
import { mkdir, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import { open, visit } from "./chromium.mjs";
import { MUSTER, ROOT } from "./town.mjs";

const FOLDER = join(ROOT, "docs/pictures");
const LARGEST = 150_000;
const run = promisify(execFile);

/** Reads the lines of the demonstration until one matches. */
async function until(lines, pattern) {
  for (;;) {
    const { value: line, done } = await lines.next();
    if (done) throw new Error(`the demonstration ended before it said ${pattern}`);
    const found = line.match(pattern);
    if (found) return found;
  }
}

async function keep(page, name) {
  const path = join(FOLDER, `${name}.png`);
  await page.screenshot({ path });
  await run("pngquant", ["--force", "--strip", "--speed", "1", "--output", path, "128", path]);
  const { size } = await stat(path);
  if (size > LARGEST) throw new Error(`${path}: ${size} bytes, more than ${LARGEST}`);
  console.log(`docs/pictures/${name}.png: ${Math.round(size / 1000)} kB`);
  await page.context().close();
}

/** What a command prints, as a terminal of 80 columns would show it. */
async function terminal(browser, lang, id, arguments_) {
  const { stdout } = await run(MUSTER, [...arguments_, "--lang", lang, "status", id]);
  const lines = [`$ muster status ${id}`, ...stdout.trimEnd().split("\n")].slice(0, 24);
  const page = await visit(browser, "about:blank", { viewport: { width: 820, height: 560 } });
  await page.setContent('<body style="margin:0;background:#1b1d23"><pre></pre>');
  await page.locator("pre").evaluate((pre, text) => {
    pre.textContent = text;
    pre.style = "margin:16px 20px;color:#e8e8e8;font:16px/1.36 'Noto Sans Mono CJK JP',monospace";
  }, lines.join("\n"));
  await keep(page, `terminal.${lang}`);
}

await mkdir(FOLDER, { recursive: true });
const demo = spawn(MUSTER, ["demo", "--keep"], { stdio: ["ignore", "pipe", "inherit"] });
const browser = await open();
try {
  const lines = createInterface(demo.stdout)[Symbol.asyncIterator]();
  const [, id, url, token] = await until(lines, /(\S+) +board: (\S+)\/ .*token: (\w+)/);
  // In the middle of it: some have answered, some are still asked.
  await until(lines, /第2段階/);
  const desk = async (path, lang, viewport) => {
    const page = await visit(browser, `${url}/sign-in`, { viewport });
    await page.locator("#token").fill(token);
    await Promise.all([page.waitForNavigation(), page.keyboard.press("Enter")]);
    await page.goto(`${url}${path}?lang=${lang}`);
    return page;
  };
  const secret = join(ROOT, "target/demo.token");
  await writeFile(secret, token, { mode: 0o600 });
  for (const lang of ["ja", "en"]) {
    await keep(await desk("/", lang, { width: 1280, height: 1180 }), `board.${lang}`);
    await keep(await desk(`/call-outs/${id}`, lang, { width: 1280, height: 1980 }), `call-out.${lang}`);
    await terminal(browser, lang, id, ["--server", url, "--token-file", secret]);
  }
  const [, link] = await until(lines, /an open answer page: (\S+)/);
  for (const lang of ["ja", "en"]) {
    const phone = { viewport: { width: 375, height: 812 }, deviceScaleFactor: 2, isMobile: true };
    await keep(await visit(browser, `${link}?lang=${lang}`, phone), `answer.${lang}`);
  }
} finally {
  await browser.close();
  demo.kill("SIGINT");
}
