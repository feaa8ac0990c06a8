// The pages of contacts on a telephone, without script: an address is
// confirmed, a person sees their own and reports a change.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { accessible, fits, larger, open, PHONE, picture, visit } from "./chromium.mjs";
import { Town } from "./town.mjs";

let town, browser, confirm, mine;

before(async () => {
  browser = await open();
  const rules = (text) => text.replace('#confirm = "new"', 'confirm = "all"').replace("doubt_seconds = 5", "doubt_seconds = 0");
  town = await Town.start({ rules });
  confirm = await town.link("it-1", "/contact/");
  const made = await town.api("roster/people/general-affairs-1/contacts/link", { send: false });
  mine = made.link;
});

after(async () => {
  await browser?.close();
  await town?.stop();
});

const BARE = { ...PHONE, javaScriptEnabled: false };
const press = (page, name) => Promise.all([page.waitForNavigation(), page.getByRole("button", { name }).click()]);

test("an address is confirmed by one button", async (context) => {
  const bare = await visit(browser, confirm, BARE);
  await picture(bare, "contact confirm");
  const page = await visit(browser, confirm, PHONE);
  await fits(page);
  await accessible(page, context);
  await larger(page);
  await fits(page);
  assert.match(await page.locator("main").innerText(), /これは招集ではありません/);
  await press(bare, /^このアドレスで受け取れます/);
  assert.match(await bare.locator("main").innerText(), /確認しました/);
  await picture(bare, "contact confirmed");
  assert.deepEqual(bare.problems, []);
});

test("a person reports a change of their contacts", async (context) => {
  const page = await visit(browser, mine, BARE);
  await picture(page, "my contacts");
  await page.getByText("変わった・使えない").first().click();
  await picture(page, "my contacts open");
  await page.getByRole("textbox", { name: "新しい宛先" }).first().fill("ｎｅｗ＠example.jp");
  await press(page, /^新しい宛先に変えてほしい/);
  assert.match(await page.getByRole("status").innerText(), /知らせを受け付けました/);
  assert.match(await page.locator("main").innerText(), /new@example.jp へ変更/);
  await picture(page, "my contacts reported");
  await page.getByText("変わった・使えない").first().click();
  await page.getByRole("textbox", { name: "新しい宛先" }).first().fill("a@@b");
  await press(page, /^新しい宛先に変えてほしい/);
  assert.match(await page.getByRole("alert").innerText(), /宛先として使えません/);
  await picture(page, "my contacts refused");
  assert.deepEqual(page.problems.filter((problem) => !/422/.test(problem)), []);
  const seen = await visit(browser, mine, PHONE);
  await fits(seen);
  await accessible(seen, context);
  await larger(seen);
  await fits(seen);
  const dead = await visit(browser, `${mine}x`, PHONE);
  await picture(dead, "contact link dead");
});
