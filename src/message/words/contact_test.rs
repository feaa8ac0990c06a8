//! Words of a message that only tests a contact.
//!
//! Owns the wording only. It must sound neither like a call-out nor like an
//! exercise: nobody has anything to do.

super::table! {
    /// Sentences of a test of one contact.
    ContactTest {
        subject: "【連絡先テスト】届くかどうかの確認です", "[CONTACT TEST] Checking that this reaches you";
        band: "連絡先テスト", "CONTACT TEST";
        mark: "【連絡先テスト】何も起きていません。どこにも集まる必要はありません。", "[CONTACT TEST] Nothing has happened. You need not go anywhere.";
        headline: "{person} の連絡先に届くことを確かめるための連絡です。", "This checks that a contact of {person} is reached.";
        asked: "送信の時刻", "Sent at";
        contact: "連絡手段", "Contact";
        then: "回答は不要です。心当たりのない方は、誤った宛先が登録されています。下記の役場にお知らせください。", "There is nothing to answer. If you are not this person, the address is wrong: please tell the office named below.";
    }
}
