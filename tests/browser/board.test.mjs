// The board, as a duty officer has it open: live, with its commands and their
// confirmations, by keyboard, on a telephone, on paper, looked at by axe.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { accessible, fits, larger, onPaper, open, PHONE, picture, visit, walk } from "./chromium.mjs";
import { Town } from "./town.mjs";

/** Markup, letters that run the other way, emoji of several characters. */
const HEADLINE = "<b>庁舎</b>に‮被害 \" & 👩🏽‍🚒 مرحبا <script>alert(1)</script>";

let town, browser, signedIn, quake, drill;

before(async () => {
  browser = await open();
  town = await Town.start({ rules: (text) => text.replace("doubt_seconds = 5", "doubt_seconds = 0") });
  quake = await town.tell({ kind: "earthquake", intensity: "5-", headline: HEADLINE });
  await town.tell({ kind: "security-incident", effect: "work-hindered", systems: [19] });
  await town.tell({ kind: "wind-flood", posture: 3, ordered_by: "mayor" });
  drill = (await town.api("drills", { name: "earthquake-5-lower", force: true, reason: "並行の確認" })).call_out;
  const over = await threat("噴火");
  await town.api(`call-outs/${over}/stand-down`, { reason: "被害なし" });
  const link = await town.link("construction-1", quake);
  await town.press(link, { answer: "cannot", note: `${HEADLINE} ${"長い".repeat(100)}` });
  const page = await visit(browser, `${town.url}/sign-in`);
  await signIn(page, town.token);
  signedIn = await page.context().storageState();
});

after(async () => {
  await browser?.close();
  await town?.stop();
});

/** The pages of the board, by name. */
const pages = () => ({
  board: "/",
  "call-out": `/call-outs/${quake}`,
  "drill's call-out": `/call-outs/${drill}`,
  trigger: "/trigger",
  drills: "/drills",
  people: "/people",
  ...Object.fromEntries(
    ["answer", "tell", "grow", "request-help", "stand-down"].map((name) => [name, `/call-outs/${quake}/${name}`]),
  ),
});

const desk = (path, options = {}) => visit(browser, `${town.url}${path}`, { storageState: signedIn, ...options });
const went = (page, deed) => Promise.all([page.waitForNavigation(), deed]);
const press = (page, name) => went(page, page.getByRole("button", { name }).click());
const follow = (page, name) => went(page, page.getByRole("link", { name }).first().click());
/** A threat begins a call-out of its own; a second earthquake would join the first. */
const threat = (name) => town.tell({ kind: "threat", like: "P3", threat: name });
const state = async (id) => (await town.api(`call-outs/${id}`)).state;

async function signIn(page, token) {
  await page.getByLabel("トークン").fill(token);
  await went(page, page.keyboard.press("Enter"));
}

/** Waits until a figure of a call-out shows a number. */
const figure = (page, name, number) =>
  page.locator(`.f-${name} dd`).first().getByText(String(number), { exact: true }).waitFor();

test("signing in: a wrong token is said, the right one opens the board, and no script reads the cookie", async (context) => {
  const page = await visit(browser, `${town.url}/`);
  await signIn(page, "not a token");
  assert.ok(await page.getByRole("alert").isVisible());
  await accessible(page, context);
  await picture(page, "sign-in refused");
  await signIn(page, town.token);
  assert.match(await page.locator("h1").innerText(), /発令中の参集/);
  const [cookie] = (await page.context().cookies()).filter(({ name }) => name === "muster_session");
  assert.deepEqual([cookie.httpOnly, cookie.sameSite], [true, "Lax"]);
  assert.doesNotMatch(await page.evaluate(() => document.cookie), /session/);
  await press(page, "サインアウト");
  await page.goto(`${town.url}/`);
  assert.ok(await page.getByLabel("トークン").isVisible(), "signed out");
});

test("signing in by a link in a mail: asked for, opened, pressed once", async (context) => {
  const page = await visit(browser, `${town.url}/sign-in`, PHONE);
  await page.getByLabel("名簿の人").fill("it-manager@example.jp");
  await press(page, "リンクを送る");
  await accessible(page, context);
  const mail = await town.post.mail((mail) => mail.to === "it-manager@example.jp" && mail.text.includes("/sign-in/"));
  const link = new URL(new URL(mail.links.find((one) => one.includes("/sign-in/"))).pathname, town.url).href;
  await page.goto(link);
  await accessible(page, context);
  await fits(page);
  await picture(page, "sign-in by a link");
  await press(page, "サインインする");
  assert.match(await page.locator("header").innerText(), /まちづくり振興課長/);
  const second = await visit(browser, link, PHONE);
  assert.ok(await second.getByRole("alert").isVisible(), "the link worked once");
  await accessible(second, context);
});

test("the board changes while people answer, and the page is never loaded anew", async () => {
  const id = await threat("落石");
  const page = await desk(`/call-outs/${id}`);
  await figure(page, "coming", 0);
  await page.evaluate(() => void (window.same = true));
  const command = page.getByRole("link", { name: "全員に伝える" });
  await command.focus();
  await town.press(await town.link("planning-1", id), { answer: "coming", eta_minutes: "30" });
  await figure(page, "coming", 1);
  await town.press(await town.link("it-1", id), { answer: "cannot", note: "橋が渡れません" });
  await figure(page, "cannot", 1);
  await page.getByText("橋が渡れません").first().waitFor();
  assert.ok(await page.evaluate(() => window.same), "the page was loaded anew");
  assert.ok(await command.evaluate((one) => one === document.activeElement), "the focus was lost");
  assert.deepEqual(page.problems, []);
  await picture(page, "live");
});

test("without script the board asks for itself again", async () => {
  const id = await threat("土砂崩れ");
  const page = await desk(`/call-outs/${id}`, { javaScriptEnabled: false });
  await figure(page, "coming", 0);
  await town.press(await town.link("planning-1", id), { answer: "coming", eta_minutes: "30" });
  await figure(page, "coming", 1);
});

test("side by side: what is real stands before a drill, each in its colour", async () => {
  const page = await desk("/");
  const kinds = await page.locator("section.card").evaluateAll((cards) => cards.map((card) => card.classList[1]));
  assert.ok(kinds.length >= 4, "every open call-out is there");
  assert.deepEqual(kinds, [...kinds].sort().reverse());
  assert.equal(kinds.at(-1), "practice");
});

test("a daemon that is gone is said on the board", async () => {
  const other = await Town.start();
  let stopped = false;
  try {
    const page = await visit(browser, `${other.url}/sign-in`);
    await signIn(page, other.token);
    await page.locator("#live.live").waitFor();
    await other.stop();
    stopped = true;
    await page.getByRole("alert").getByText("更新が止まっています").waitFor();
    await picture(page, "no longer live");
  } finally {
    if (!stopped) await other.stop();
  }
});

for (const [javaScriptEnabled, how] of [[true, "with script"], [false, "without script"]]) {
  test(`standing down ${how}: nothing is done before the confirmation`, async () => {
    const id = await threat(`断水 ${how}`);
    const page = await desk(`/call-outs/${id}`, { javaScriptEnabled });
    await follow(page, /^解除する/);
    await page.getByLabel("解除の理由").fill(HEADLINE);
    await press(page, "確認へ進む");
    await page.getByText("まだ実行していません").waitFor();
    assert.ok((await page.locator("main").innerText()).includes("<script>alert(1)</script>"));
    assert.equal(await state(id), "open");
    await picture(page, `confirmation ${how}`);
    await press(page, "解除して全員に知らせる");
    assert.match(await page.getByRole("status").innerText(), /記録しました/);
    assert.equal(await state(id), "stood_down");
    assert.equal(await page.getByRole("link", { name: /^解除する/ }).count(), 0, "it is over");
    // The form again, as a second window would still have it.
    await page.goto(`${town.url}/call-outs/${id}/stand-down`);
    await page.getByLabel("解除の理由").fill("もう一度");
    await press(page, "確認へ進む");
    await press(page, "解除して全員に知らせる");
    assert.ok(await page.getByRole("alert").isVisible(), "a second time is refused in words");
    assert.deepEqual(page.problems.filter((said) => !/status of 4\d\d/.test(said)), []);
  });
}

test("an answer for somebody, entered at the desk", async () => {
  const page = await desk(`/call-outs/${quake}/answer`);
  await page.getByLabel("職員・窓口").selectOption("it-2");
  await page.getByRole("radio", { name: "参集できる" }).check();
  await page.getByLabel("到着までの分数").fill("45");
  await page.getByLabel("ひとこと").fill("電話で確認");
  await press(page, "確認へ進む");
  await press(page, "この回答を記録する");
  const { people } = await town.api(`call-outs/${quake}`);
  const { answer, by } = people.find(({ person }) => person === "it-2");
  assert.deepEqual([answer, by], ["coming", "token:duty"]);
});

test("a card's commands are links to its own forms, and nobody else's", async () => {
  const page = await desk("/");
  const card = page.locator("section.card", { hasText: quake });
  await went(page, card.getByRole("link", { name: "全員に伝える" }).click());
  assert.equal(new URL(page.url()).pathname, `/call-outs/${quake}/tell`);
  const choice = await page.locator("fieldset", { hasText: "定型文" }).innerText();
  assert.doesNotMatch(choice, /[a-z]+-[a-z]+：/, "prepared words by what they say");
});

test("a call-out is started in three steps; a drill in another place, in another colour, and beside it with a reason", async () => {
  const page = await desk("/");
  const colour = () => page.locator("header .band").evaluate((band) => getComputedStyle(band).backgroundColor);
  await follow(page, "招集を発令");
  const real = await colour();
  await page.getByRole("radio", { name: "地震" }).check();
  await press(page, "確認へ進む");
  await page.getByRole("radio", { name: "4", exact: true }).check();
  await page.getByLabel("見出し").fill("机の前で");
  const before = (await town.api("call-outs")).call_outs.length;
  await press(page, "確認へ進む");
  await page.getByText(/はじめに\d+人/).waitFor();
  await picture(page, "trigger, the last question");
  assert.equal((await town.api("call-outs")).call_outs.length, before);
  await went(page, page.locator("main button.danger").click());
  assert.match(page.url(), /\/call-outs\/\d{8}-/);
  await follow(page, "訓練");
  assert.match(page.url(), /\/drills$/);
  await picture(page, "drills");
  await went(page, page.locator("main button.practice").first().click());
  assert.notEqual(await colour(), real);
  const all = (await town.api("call-outs")).call_outs.length;
  await page.getByText(/本番の招集 .* が続いています/).first().waitFor();
  await picture(page, "drill, beside a real call-out");
  await page.getByLabel("本番の招集中に始める理由").fill("通信の確認");
  await press(page, "確認へ進む");
  await picture(page, "drill, the last question");
  assert.equal((await town.api("call-outs")).call_outs.length, all);
  await went(page, page.locator("main button.practice").click());
  await page.getByText("通信の確認").first().waitFor();
});

test("by keyboard alone: each stop is seen, and a word goes to everyone", async () => {
  for (const [name, path] of Object.entries(pages())) {
    const page = await desk(path);
    for (const stop of await walk(page)) {
      assert.ok(stop.ring, `${name}: one does not see that ${stop.name} has the focus`);
    }
    await page.context().close();
  }
  const page = await desk(`/call-outs/${quake}`);
  const to = async (words) => {
    for (let steps = 0; steps < 60; steps += 1) {
      await page.keyboard.press("Tab");
      const at = await page.evaluate(() => {
        const one = document.activeElement;
        return one.labels?.[0]?.innerText ?? one.innerText ?? "";
      });
      if (at.startsWith(words)) return;
    }
    assert.fail(`the keyboard does not lead to ${words}`);
  };
  await to("全員に伝える");
  await went(page, page.keyboard.press("Enter"));
  await to("伝える文");
  await page.keyboard.type("東門は閉鎖。南門から入ってください。");
  await went(page, page.keyboard.press("Enter"));
  await to("この内容を送信する");
  await went(page, page.keyboard.press("Enter"));
  await town.post.mail((mail) => mail.to === "it-1@example.jp" && mail.text.includes("南門から入って"));
});

test("whoever may only read is offered nothing to do, and is refused in words", async () => {
  const page = await visit(browser, `${town.url}/sign-in`);
  await signIn(page, town.reader);
  for (const path of ["/", `/call-outs/${quake}`]) {
    await page.goto(`${town.url}${path}`);
    assert.equal(await page.locator("nav.commands a").count(), 0, path);
  }
  await page.goto(`${town.url}/call-outs/${quake}/stand-down`);
  assert.ok(await page.getByRole("alert").isVisible());
  assert.equal(await page.locator("main form").count(), 0, "not even the form");
  assert.equal(await state(quake), "open");
});

test("axe finds nothing serious on any page: light in Japanese, dark in English", async (context) => {
  for (const [name, path] of Object.entries({ ...pages(), "sign-in": "/sign-in" })) {
    for (const [colorScheme, lang] of [["light", "ja"], ["dark", "en"]]) {
      const page = await desk(`${path}?lang=${lang}`, { colorScheme });
      await accessible(page, context);
      await picture(page, `${name} ${colorScheme} ${lang}`);
      await page.context().close();
    }
  }
});

test("every page fits a telephone, and letters of twice the size; axe agrees", async (context) => {
  for (const [name, path] of Object.entries(pages())) {
    const page = await desk(path, PHONE);
    await fits(page);
    await accessible(page, context);
    await picture(page, `${name} on a telephone`);
    await larger(page);
    await fits(page);
    await page.context().close();
  }
});

test("a note as long as may be leaves the other columns readable", async () => {
  const page = await desk(`/call-outs/${quake}`);
  const narrow = await page.locator("table.who tbody > tr > *").evaluateAll((cells) =>
    cells.filter((cell) => cell.getBoundingClientRect().width < 150).map((cell) => cell.innerText),
  );
  assert.deepEqual(narrow, []);
});

test("names of sections and targets stay words on a telephone", async () => {
  const page = await desk(`/call-outs/${quake}`, PHONE);
  const torn = await page.locator("tbody th[scope=row]").evaluateAll((cells) =>
    cells.filter((cell) => cell.getBoundingClientRect().width < 75).map((cell) => cell.innerText),
  );
  assert.deepEqual(torn, []);
  await page.context().close();
});

test("board and call-out on A4", async () => {
  for (const name of ["board", "call-out"]) {
    const page = await desk(pages()[name]);
    await onPaper(page, name);
    assert.equal(await page.locator("nav:visible, main form:visible").count(), 0, "nothing to press on paper");
  }
});
