//! The other way round: the program is made to do worse, and the body of a row's own
//! test goes red.
//!
//! Owns the controls of rows 2, 3, 12, 13, 16, 33 and 39. A body is in `support`, where
//! the row's own test has it too.

use muster::telemetry::fault;

use crate::crash_loop::ended_at_each_start;
use crate::support::in_doubt::{half_spoken, lost_after_the_dot};
use crate::support::killed::killed_at;
use crate::support::power::Life;
use crate::support::smtp::Step;
use crate::support::strace;
use crate::support::unsynced::failing_syncs;

/// Whether a problem is told that begins and goes on so.
fn tells(problems: &[String], begins: &str, words: &str) -> bool {
    let mut problems = problems.iter();
    problems.any(|problem| problem.starts_with(begins) && problem.contains(words))
}

/// Row 2: a mail that is sent again has another Message-ID.
#[tokio::test(flavor = "multi_thread")]
async fn control_a_mail_sent_again_as_another_one_is_noticed() {
    let worse = [("MUSTER_FAULTS", "identity=worse")];
    let problems = killed_at(Step::Dot, &worse).await;
    assert!(
        tells(&problems, "I2", "different messages"),
        "{problems:#?}"
    );
}

/// Row 3: what was claimed before a kill is left alone for ever, or taken for failed
/// or for sent at the start.
#[tokio::test(flavor = "multi_thread")]
async fn control_a_mail_that_is_given_up_at_a_kill_is_noticed() {
    for fault in ["left-alone", "given-up", "taken-for-sent"] {
        let worse = [("MUSTER_FAULTS", &*format!("{fault}=worse"))];
        let problems = killed_at(Step::Mail, &worse).await;
        assert!(
            tells(&problems, "I1", "heard nothing"),
            "{fault}: {problems:#?}"
        );
    }
}

/// Row 12: a mail that a start sends again is another one.
#[tokio::test(flavor = "multi_thread")]
async fn control_a_loop_of_starts_that_sends_other_mails_is_noticed() {
    let problems = ended_at_each_start("identity=worse").await.problems;
    assert!(
        tells(&problems, "I2", "different messages"),
        "{problems:#?}"
    );
}

/// Row 13: a store that does not sync its commits (`synchronous=NORMAL`) loses what
/// was answered, and mails that had gone out, and the judge notices both.
#[tokio::test(flavor = "multi_thread")]
async fn control_a_store_that_does_not_sync_its_commits_is_noticed() {
    if !strace::is_here() {
        return;
    }
    let life = Life::lived(&[("MUSTER_FAULTS", "sync=worse")], 2).await;
    let problems = life.cut(13, 12).await.problems;
    for words in ["was told and is lost", "had gone out and is not kept"] {
        assert!(tells(&problems, "", words), "{problems:#?}");
    }
}

/// Row 13: a store that syncs every event and answer, and not what it claims, gives
/// mails to the relay that are kept as untried. That alone is noticed, and only by whoever
/// looks for the mails that had gone out.
#[tokio::test(flavor = "multi_thread")]
async fn control_a_mail_that_leaves_before_its_claim_is_synced_is_noticed() {
    if !strace::is_here() {
        return;
    }
    let life = Life::lived(&[("MUSTER_FAULTS", "claims=worse")], 2).await;
    let problems = life.cut_as_they_leave(1).await.problems;
    assert!(
        tells(&problems, "", "had gone out, and is kept as untried"),
        "{problems:#?}"
    );
    let others = |problem: &&String| !problem.contains("is kept as untried");
    assert_eq!(problems.iter().find(others), None);
}

/// Row 16: a sync that fails at the commit is read as kept: the daemon answers 202
/// and goes on. It is noticed while it does, and after the next start.
#[tokio::test(flavor = "multi_thread")]
async fn control_a_failed_sync_that_is_taken_for_kept_is_noticed() {
    if !strace::is_here() {
        return;
    }
    let worse = [("MUSTER_FAULTS", "kept=worse")];
    let problems = failing_syncs(&[3], &worse).await.problems;
    for words in ["nobody was told", "no sync has kept"] {
        assert!(tells(&problems, "sync 3", words), "{problems:#?}");
    }
    assert!(tells(&problems, "I1", "is lost"), "{problems:#?}");
}

/// Row 33: a connection that is cut off in the middle of a mail is put back, and the
/// next mail is spoken on it.
#[tokio::test]
async fn control_a_half_spoken_connection_that_is_used_again_is_noticed() {
    fault::arm_here("half-spoken");
    let problems = half_spoken().await;
    for then in ["taken", "refused"] {
        assert!(tells(&problems, then, "used again"), "{problems:#?}");
    }
    // It is called accepted, and is text of somebody else's mail.
    assert!(tells(&problems, "taken", "has it: false"), "{problems:#?}");
}

/// Row 39: a loss after the dot is taken for "not sent", and the next relay is given
/// a copy now.
#[tokio::test]
async fn control_a_loss_after_the_text_taken_for_not_sent_is_noticed() {
    fault::arm_here("not-sent");
    let problems = lost_after_the_dot().await;
    for words in ["it is not known", "2 copies at once"] {
        assert!(tells(&problems, words, ""), "{problems:#?}");
    }
}
